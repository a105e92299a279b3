//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestLibraryRabbitMQ runs the suite on a RabbitMQ of its own: root administers it, mia
// may do all on the virtual host, max may declare nothing there, and mona, who
// monitors, has no rights on it.
func TestLibraryRabbitMQ(t *testing.T) {
	t.Parallel()
	address := openRabbitMQ(t, providedByDebian(t, "rabbitmq-v3"))
	verdicts := map[string]string{}
	writers := []string{"root", "mia", "max"}
	told(verdicts, "known in-band-error", "A message for everybody is taken by somebody", writers...)
	told(verdicts, "known lost-write", "A message is kept by a queue that may hold none", writers...)
	told(verdicts, "known lost-write", "A message is kept by a queue that holds nothing for long", writers...)
	told(verdicts, "known lost-write", "A queue is bound by a key: a number as key", writers...)
	told(verdicts, "known dropped-field", "A queue is as it was declared: a misspelt key", "root", "mia")
	told(verdicts, "known phantom-write", "Definitions are taken as a whole, or not at all: one is not valid", "root")
	told(verdicts, "known lost-write", "Definitions change what is there", "root")
	told(verdicts, "known filtered-empty", "The list of all queues shows one", "mona")
	env := []string{"RABBITMQ=" + address}
	for _, name := range []string{"root", "mia", "max", "mona"} {
		env = append(env, "RABBITMQ_"+strings.ToUpper(name)+"="+rabbitPassword)
	}
	libraryRun{name: "rabbitmq", env: env, other: verdicts}.play(t)
}

// rabbitPassword is everybody's.
const rabbitPassword = "kept in memory only"

// openRabbitMQ starts a node with fresh files, on ports of its own, and makes the
// virtual host and the people of the suite.
func openRabbitMQ(t *testing.T, script string) string {
	t.Helper()
	files := t.TempDir()
	path := func(name string) string { return filepath.Join(files, name) }
	_, names, _ := net.SplitHostPort(freePort(t))
	_, nodes, _ := net.SplitHostPort(freePort(t))
	messages, management := freePort(t), freePort(t)
	_, managed, _ := net.SplitHostPort(management)
	settings := fmt.Sprintf("listeners.tcp.1 = %s\nmanagement.tcp.ip = 127.0.0.1\nmanagement.tcp.port = %s\ndefault_user = root\ndefault_pass = %s\n", messages, managed, rabbitPassword)
	if err := os.WriteFile(path("rabbitmq.conf"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(),
		"HOME="+files, // for the cookie by which nodes know each other
		"ERL_EPMD_PORT="+names, "ERL_EPMD_ADDRESS=127.0.0.1",
		"RABBITMQ_NODENAME=library@localhost", "RABBITMQ_DIST_PORT="+nodes,
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
		"RABBITMQ_CONF_ENV_FILE="+path("none"), "RABBITMQ_CONFIG_FILE="+path("rabbitmq.conf"), "RABBITMQ_ADVANCED_CONFIG_FILE="+path("none"),
		"RABBITMQ_MNESIA_BASE="+path("mnesia"), "RABBITMQ_LOG_BASE="+path("log"), "RABBITMQ_LOGS=-",
		"RABBITMQ_ENABLED_PLUGINS=rabbitmq_management", "RABBITMQ_ENABLED_PLUGINS_FILE="+path("plugins"),
		"RABBITMQ_FEATURE_FLAGS_FILE="+path("flags"), "RABBITMQ_GENERATED_CONFIG_DIR="+path("config"), "RABBITMQ_PID_FILE="+path("pid"),
	)
	daemon := exec.Command("epmd", "-port", names, "-address", "127.0.0.1") // or the node starts one, and leaves it behind
	daemon.Env = env
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		daemon.Process.Kill()
		daemon.Wait() // it was killed
	})
	script, err := filepath.EvalSymlinks(script)
	if err != nil {
		t.Fatal(err)
	}
	node := exec.Command(script)
	node.Env = env
	node.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the script starts the node, and does not become it
	address := "http://" + management
	serve(t, address, node)
	t.Cleanup(func() { syscall.Kill(-node.Process.Pid, syscall.SIGKILL) }) // the last to come is the first to go
	for _, each := range []struct{ path, body string }{
		{"vhosts/shop", `{}`},
		{"permissions/shop/root", `{"configure": ".*", "write": ".*", "read": ".*"}`},
		{"users/mia", `{"tags": "management", "password": "` + rabbitPassword + `"}`},
		{"permissions/shop/mia", `{"configure": ".*", "write": ".*", "read": ".*"}`},
		{"users/max", `{"tags": "management", "password": "` + rabbitPassword + `"}`},
		{"permissions/shop/max", `{"configure": "^$", "write": ".*", "read": ".*"}`},
		{"users/mona", `{"tags": "monitoring", "password": "` + rabbitPassword + `"}`},
	} {
		tellRabbitMQ(t, address+"/api/"+each.path, each.body)
	}
	return address
}

// tellRabbitMQ puts what must be taken, as the administrator.
func tellRabbitMQ(t *testing.T, address, body string) {
	t.Helper()
	request, err := http.NewRequest("PUT", address, bytes.NewReader(json.RawMessage(body)))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("root", rabbitPassword)
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	if said, err := io.ReadAll(reply.Body); err != nil || reply.StatusCode >= 300 {
		t.Fatalf("PUT %s: %s %v\n%s", address, reply.Status, err, said)
	}
}
