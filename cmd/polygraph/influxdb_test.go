package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestLibraryInfluxDB runs the suite on an InfluxDB of its own: root administers it,
// bob may read and write the database, wes write and ruth read it.
func TestLibraryInfluxDB(t *testing.T) {
	t.Parallel()
	address := neverDeletingBesideWrites(t, openInfluxDB(t, providedByDebian(t, "influxd-v1")))
	verdicts := map[string]string{}
	writers := []string{"root", "bob", "wes"}
	told(verdicts, "known phantom-write", "A batch is stored as a whole, or not at all: one cannot be read", writers...)
	told(verdicts, "known phantom-write", "A point that is refused is in no index", writers...)
	for _, input := range []string{"a large number", "no such measure"} {
		told(verdicts, "known altered-value", "A reading keeps its value and its time: "+input, writers...)
	}
	told(verdicts, "known in-band-error", "A point is deleted by its amount", writers...)
	told(verdicts, "known filtered-empty", "The list of databases shows one", "bob", "wes", "ruth")
	told(verdicts, "known altered-value", "A retention policy is made as it was ordered: short shards", "root")
	env := []string{"INFLUXDB=" + address}
	for _, name := range []string{"root", "bob", "wes", "ruth"} {
		env = append(env, "INFLUXDB_"+strings.ToUpper(name)+"="+influxPassword)
	}
	libraryRun{name: "influxdb", env: env, other: verdicts}.play(t)
}

// influxPassword is everybody's.
const influxPassword = "kept in memory only"

// openInfluxDB starts a server with fresh files, the people of the suite and the
// database that they share.
func openInfluxDB(t *testing.T, binary string) string {
	t.Helper()
	files, port := t.TempDir(), freePort(t)
	settings := fmt.Sprintf(`
reporting-disabled = true
bind-address = %q
[meta]
dir = %q
[data]
dir = %q
wal-dir = %q
[http]
bind-address = %q
auth-enabled = true
log-enabled = false
[monitor]
store-enabled = false
`, freePort(t), filepath.Join(files, "meta"), filepath.Join(files, "data"), filepath.Join(files, "wal"), port)
	config := filepath.Join(files, "influxdb.conf")
	if err := os.WriteFile(config, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	address := "http://" + port
	serve(t, address+"/ping", exec.Command(binary, "-config", config))
	for _, query := range []string{
		"CREATE USER root WITH PASSWORD '" + influxPassword + "' WITH ALL PRIVILEGES", // the first one may be made by anybody
		"CREATE DATABASE shop",
		"CREATE USER bob WITH PASSWORD '" + influxPassword + "'", "GRANT ALL ON shop TO bob",
		"CREATE USER wes WITH PASSWORD '" + influxPassword + "'", "GRANT WRITE ON shop TO wes",
		"CREATE USER ruth WITH PASSWORD '" + influxPassword + "'", "GRANT READ ON shop TO ruth",
	} {
		tellInfluxDB(t, address, query)
	}
	return address
}

// neverDeletingBesideWrites is a gate before InfluxDB that lets no deletion in while
// points are written. Without it this version loses about one in two thousand points
// that it has accepted (https://github.com/influxdata/influxdb/issues/10169): the suite
// says lost-write, and is right, but nobody can say beforehand in which cell.
func neverDeletingBesideWrites(t *testing.T, address string) string {
	t.Helper()
	server, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(server)
	var deletes sync.RWMutex
	gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == "POST" && r.URL.Path == "/write":
			deletes.RLock()
			defer deletes.RUnlock()
		case r.Method == "POST":
			deletes.Lock()
			defer deletes.Unlock()
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(gate.Close)
	return gate.URL
}

// tellInfluxDB sends a query that must succeed, as the administrator.
func tellInfluxDB(t *testing.T, address, query string) {
	t.Helper()
	request, err := http.NewRequest("POST", address+"/query", strings.NewReader(url.Values{"q": {query}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth("root", influxPassword)
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	said, err := io.ReadAll(reply.Body)
	var told struct{ Results []struct{ Error string } }
	if err != nil || reply.StatusCode != 200 || json.Unmarshal(said, &told) != nil || told.Results[0].Error != "" {
		t.Fatalf("%s: %s %v\n%s", query, reply.Status, err, said)
	}
}
