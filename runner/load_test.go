package runner

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A suite is planned before the environment that it needs is there.
func TestPlan(t *testing.T) {
	const provider = "polygraph: 1\nprovider: shop\nauth: bearer\n"
	const contract = "contract: It answers\ncall: GET /me\nstatus: 200\n"
	target := func(lines string) string { return "targets:\n  sandbox:\n" + lines }
	literal := "    accounts: {shop: {credentials: {bearer: open-sesame}}}\n"
	secret := "    accounts: {shop: {credentials: {bearer: \"${env.RUNNER_TEST_UNSET}\"}}}\n"
	tests := []struct {
		name    string
		files   map[string]string
		options []Option
		cells   int
		says    string // in the mistake; "" for none
	}{
		{name: "a port that is not known yet", files: map[string]string{"polygraph.yaml": target("    server: http://127.0.0.1:${env.RUNNER_TEST_UNSET}\n" + literal)}, cells: 1},
		{name: "a server that is not known yet", files: map[string]string{"polygraph.yaml": target("    server: ${env.RUNNER_TEST_UNSET}\n" + secret)}, cells: 1},
		{name: "a secret that is not there", files: map[string]string{"polygraph.yaml": target("    server: https://api.shop.example\n" + secret)}, cells: 1},
		{name: "a secret that a command knows", files: map[string]string{"polygraph.yaml": target("    server: https://api.shop.example\n    accounts: {shop: {credentials: {bearer: \"${exec.no-such-command}\"}}}\n")}, cells: 1},
		{name: "an account that is not chosen", files: map[string]string{"polygraph.yaml": target("    server: http://127.0.0.1:1\n" + literal)}, options: []Option{Accounts("none")}, says: `no account "none"`},
		{name: "a contract that is not chosen", files: map[string]string{"polygraph.yaml": target("    server: http://127.0.0.1:1\n" + literal)}, options: []Option{Contracts("none")}, says: "no contract matches"},
		{name: "another target", files: map[string]string{"polygraph.yaml": target("    server: http://127.0.0.1:1\n" + literal)}, options: []Option{Target("live")}, says: `there is no target "live"`},
		{name: "no targets", files: map[string]string{}, says: "polygraph.yaml"},
		{name: "no contract", files: map[string]string{"polygraph.yaml": target("    server: http://127.0.0.1:1\n" + literal), "a.contract.yaml": ""}, says: "contract"},
		{name: "a mistake", files: map[string]string{"polygraph.yaml": target("    server: http://127.0.0.1:1\n" + literal), "a.contract.yaml": "contract: It answers\ncal: GET /me\n"}, says: `a.contract.yaml:2:1: unknown key "cal"`},
		{name: "a mistake beside an unset variable", files: map[string]string{"polygraph.yaml": target("    server: http://127.0.0.1:${env.RUNNER_TEST_UNSET}\n" + literal), "a.contract.yaml": "contract: It answers\ncal: GET /me\n"}, says: `a.contract.yaml:2:1: unknown key "cal"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			files := map[string]string{"provider.yaml": provider, "a.contract.yaml": contract}
			for name, text := range test.files {
				files[name] = text
			}
			for name, text := range files {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			o := newOptions(test.options)
			cells, err := o.plan(folder)
			if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("mistake %v, want %q", err, test.says)
			}
			if len(cells) != test.cells {
				t.Errorf("%d cells, want %d", len(cells), test.cells)
			}
		})
	}
}

// What is missing when the run begins is said then, by the loader.
func TestBeginWantsItsEnvironment(t *testing.T) {
	o := newOptions([]Option{WithProbe("ledger", nil)})
	if _, _, err := o.begin(filepath.Join("testdata", "reviews")); err == nil || !strings.Contains(err.Error(), "${env.REVIEWS_PORT} is not set") {
		t.Errorf("got %v", err)
	}
	t.Setenv("REVIEWS_PORT", "1")
	e, stop, err := o.begin(filepath.Join("testdata", "reviews"))
	if err != nil {
		t.Fatal(err)
	}
	e.Stop(nil)
	stop()
}

func TestBeginWantsItsEmbeddedProvider(t *testing.T) {
	o := newOptions(nil)
	if _, _, err := o.begin(filepath.Join("..", "fixtures", "reviewhub")); err == nil || !strings.Contains(err.Error(), `give runner.WithEmbedded("reviewhub"`) {
		t.Errorf("got %v", err)
	}
}
