package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestLibraryPocketBase runs the suite on a PocketBase of its own: a superuser,
// anna, who may list all tickets, and ben and cleo, who may not.
func TestLibraryPocketBase(t *testing.T) {
	t.Parallel()
	binary := provided(t, "pocketbase-v0.36.8")
	base := openPocketBase(t, binary, filepath.Join("..", "..", "contracts", "library", "pocketbase", "collections.json"))
	verdicts := map[string]string{}
	everybody := []string{"anna", "ben", "cleo", "root"}
	told(verdicts, "known dropped-field", "A verdict is saved with the ticket", "anna", "ben", "cleo")
	told(verdicts, "known filtered-empty", "The list finds a ticket of mine", "ben", "cleo")
	for _, input := range []string{"no number", "a large number", "no date", "no truth"} {
		told(verdicts, "known altered-value", "A value is saved as it was sent, or refused: "+input, everybody...)
	}
	told(verdicts, "known ignored-directive", "An edit under a condition that does not hold is refused: stale", everybody...)
	told(verdicts, "known lost-write", "A value is saved as it was sent, or refused: no such field", everybody...)
	libraryRun{
		name: "pocketbase",
		env: []string{
			"POCKETBASE=" + base.address,
			"POCKETBASE_ROOT=" + base.root,
			"POCKETBASE_ANNA=" + base.person(t, "anna", "tickets:list"),
			"POCKETBASE_BEN=" + base.person(t, "ben"),
			"POCKETBASE_CLEO=" + base.person(t, "cleo"),
		},
		other: verdicts,
		ids:   `\b[a-z0-9]{15}\b`,
	}.play(t)
}

// pocketPassword is everybody's.
const pocketPassword = "kept in memory only"

// A pocketBase is a server with fresh files and the collections of the suite.
type pocketBase struct {
	address string
	root    string // the superuser's token
}

func openPocketBase(t *testing.T, binary, collections string) *pocketBase {
	t.Helper()
	files := filepath.Join(t.TempDir(), "files")
	command := func(args ...string) *exec.Cmd {
		return exec.Command(binary, append(args, "--dir", files, "--dev=false")...)
	}
	if said, err := command("superuser", "upsert", "root@example.com", pocketPassword).CombinedOutput(); err != nil {
		t.Fatalf("make a superuser: %v\n%s", err, said)
	}
	port := freePort(t)
	b := &pocketBase{address: "http://" + port}
	serve(t, b.address+"/api/health", command("serve", "--http", port))
	b.root = b.token(t, "_superusers", "root")
	text, err := os.ReadFile(collections)
	if err != nil {
		t.Fatal(err)
	}
	b.ask(t, "PUT", "/api/collections/import", map[string]any{"collections": json.RawMessage(text)}, nil)
	return b
}

// person makes one, and gives their token.
func (b *pocketBase) person(t *testing.T, name string, rights ...string) string {
	t.Helper()
	token, _ := b.personWith(t, name, map[string]any{"rights": rights})
	return token
}

// personWith makes one with further fields, and gives their token and id.
func (b *pocketBase) personWith(t *testing.T, name string, fields map[string]any) (token, id string) {
	t.Helper()
	record := map[string]any{"email": name + "@example.com", "password": pocketPassword, "passwordConfirm": pocketPassword}
	maps.Copy(record, fields)
	var made struct{ ID string }
	b.ask(t, "POST", "/api/collections/people/records", record, &made)
	return b.token(t, "people", name), made.ID
}

func (b *pocketBase) token(t *testing.T, collection, name string) string {
	t.Helper()
	var reply struct{ Token string }
	b.ask(t, "POST", "/api/collections/"+collection+"/auth-with-password",
		map[string]any{"identity": name + "@example.com", "password": pocketPassword}, &reply)
	return reply.Token
}

// ask sends what must succeed, as the superuser once there is one.
func (b *pocketBase) ask(t *testing.T, method, path string, body map[string]any, into any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(method, b.address+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if b.root != "" {
		request.Header.Set("Authorization", b.root)
	}
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	said, err := io.ReadAll(reply.Body)
	if err != nil || reply.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %v\n%s", method, path, reply.Status, err, said)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(said, into); err != nil {
		t.Fatalf("%s %s: %v\n%s", method, path, err, said)
	}
}
