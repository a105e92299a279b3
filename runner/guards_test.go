package runner

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
)

// guarded writes a suite on a server that counts methods, and gives its folder.
func guarded(t *testing.T) (folder string, methods func() map[string]int) {
	t.Helper()
	var mu sync.Mutex
	count := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		count[r.Method]++
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"items": []}`))
	}))
	t.Cleanup(server.Close)
	folder = t.TempDir()
	t.Chdir(folder)
	for name, text := range map[string]string{
		"provider.yaml": "polygraph: 1\nprovider: shop\nresources:\n  note: {make: {call: POST /notes, body: {t: \"${unique}\"}}, list: GET /notes, delete: \"DELETE /notes/{key}\"}\n" +
			"account: {read: GET /me}\n",
		"a.contract.yaml": "contract: It is made\ncall: POST /notes\nbody: {t: \"${unique}\"}\ncreates: note\n---\ncontract: It answers\ncall: GET /notes\nstatus: 200\n" +
			"---\ncontract: It is tidied up\ncall: GET /notes\nstatus: 200\ncleanup: DELETE /notes/x\n",
		"polygraph.yaml": "targets: {here: {server: \"" + server.URL + "\", writes: allowed, accounts: {ada: {}, bo: {}}}}\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder, func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		return count
	}
}

// The Go door sends nothing that writes where it is told so, whatever the target allows.
func TestReadOnlyThroughTheGoDoor(t *testing.T) {
	folder, methods := guarded(t)
	o := newOptions([]Option{ReadOnly()})
	e, stop, err := o.begin(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for _, c := range e.Cells() {
		if _, err := e.Await(t.Context(), c); err != nil {
			t.Error(err)
		}
	}
	e.Stop(nil)
	got := methods()
	if len(e.Cells()) != 2 || got["GET"] == 0 || len(got) != 1 {
		t.Errorf("%d cells sent %v, want two that send nothing but GET", len(e.Cells()), got)
	}
	if _, err := os.Stat(".polygraph"); !errors.Is(err, os.ErrNotExist) {
		t.Error("a run that only reads keeps a journal")
	}
}

func TestPlanThroughTheGoDoor(t *testing.T) {
	folder, methods := guarded(t)
	suite, err := contracts.Load(folder, contracts.Options{Scope: contracts.Run})
	if err != nil {
		t.Fatal(err)
	}
	paper, err := engine.New(engine.Options{Suite: suite, Target: suite.Target, Paper: true})
	if err != nil {
		t.Fatal(err)
	}
	text, err := paper.WholePlan().JSON()
	paper.Stop(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("plan.json", text, 0o600); err != nil {
		t.Fatal(err)
	}
	begin := func(list ...Option) error {
		o := newOptions(list)
		e, stop, err := o.begin(folder)
		if err == nil {
			e.Stop(nil)
			stop()
		}
		return err
	}
	if err := begin(Plan("plan.json")); err != nil {
		t.Errorf("the same suite: %v", err)
	}
	var changed *engine.PlanChanged
	if err := begin(Plan("plan.json"), Accounts("ada")); !errors.As(err, &changed) {
		t.Errorf("another choice: %v", err)
	}
	path := filepath.Join(folder, "a.contract.yaml")
	contract, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(contract), "DELETE /notes/x", "DELETE /notes", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := begin(Plan("plan.json")); !errors.As(err, &changed) || len(changed.Differences) != 2 {
		t.Errorf("another clean-up: %v", err)
	}
	if err := begin(Plan("none.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no plan: %v", err)
	}
	if got := methods(); len(got) > 0 {
		t.Errorf("sent %v", got)
	}
}
