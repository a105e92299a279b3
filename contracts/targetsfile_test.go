package contracts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const live = `
targets:
  live:
    server: ${env.SERVER}/v1/
    writes: allowed
    limits: {rate: 300/m, concurrency: 4, writes_per_run: 200}
    hosts: ["https://cdn.example.com/"]
    roles: {owner: berlin}
    vars: {project: 7, site: "https://${env.HOST}", nested: {a: [1.50]}}
    accounts:
      berlin: {credentials: {bearer: "${env.BERLIN}"}, tags: [eu, pro], vars: {project: 8}}
      oslo: {credentials: {basic: {user: "${env.U}", password: "x${file.secret}"}}, expects: {lacks: "reviews:publish"}}
    accounts_from: accounts.csv
`

func env(name string) (string, bool) {
	v, ok := map[string]string{"SERVER": "https://api.example.com", "HOST": "www.example.com", "A": "token a"}[name]
	return v, ok
}

func TestTargets(t *testing.T) {
	s := mustLoad(t, Options{Env: env}, "provider.yaml", shop, "polygraph.yaml", live,
		"accounts.csv", "\ufeffname,bearer,tags\r\nbern,${env.A},eu;pro\r\n\"zug, CH\",${env.A},\r\n")
	target := s.Target
	if target == nil || target.Server != "https://api.example.com/v1" || target.Loopback() || !target.Writes {
		t.Fatalf("%+v", target)
	}
	if target.Limits != (Limits{Rate: 5, Concurrency: 4, Writes: 200}) {
		t.Errorf("limits %+v", target.Limits)
	}
	if got := fmt.Sprint(target.Vars, target.Hosts, target.Roles); got != "map[nested:map[a:[1.50]] project:7 site:https://www.example.com] [https://cdn.example.com] map[owner:berlin]" {
		t.Errorf("got %s", got)
	}
	var names []string
	for _, a := range target.Accounts {
		names = append(names, fmt.Sprintf("%s %v %v", a.Name, a.Tags, a.Lacks))
	}
	if got := strings.Join(names, "; "); got != "berlin [eu pro] []; bern [eu pro] []; oslo [] [reviews:publish]; zug, CH [] []" {
		t.Errorf("accounts %s", got)
	}
	if c := target.Account("oslo").Credentials; c.Form != "basic" || len(c.Values) != 2 {
		t.Errorf("%+v", c)
	}
	if r := target.Account("bern").Credentials.Values["bearer"]; r.Pos.String() != "accounts.csv:2:6" {
		t.Errorf("place %s", r.Pos)
	}
}

func TestResolve(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("from file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "empty"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want, wrong string }{
		{"plain", "plain", ""},
		{"${env.A}", "token a", ""},
		{"token ${env.A}!", "token token a!", ""},
		{"$${env.A}", "${env.A}", ""},
		{"a$${b} ${env.A}", "a${b} token a", ""},
		{"${file.secret}", "from file", ""},
		{"${exec.echo two  words}", "two words", ""},
		{"${exec.echo $HOME;id}", "$HOME;id", ""},
		{"${env.NONE}", "", "is not set"},
		{"${file.none}", "", "there is no such file"},
		{"${file.empty}", "", "is empty"},
		{"${exec.false}", "", "exit status 1"},
		{"${env.A", "", "has no }"},
		{"${env.}", "", "is no reference"},
	} {
		t.Run(c.text, func(t *testing.T) {
			r := Reference{Pos: Position{"polygraph.yaml", 3, 4}, Text: c.text, Dir: dir}
			got, err := r.Resolve(env)
			if c.wrong == "" && (err != nil || got.Text != c.want) {
				t.Errorf("got %q, %v", got, err)
			}
			if c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong) || !strings.HasPrefix(err.Error(), "polygraph.yaml:3:4: ")) {
				t.Errorf("got %q, %v; want %s", got, err, c.wrong)
			}
		})
	}
	mixed, err := (Reference{Text: "a ${env.A} b${file.secret}", Dir: dir}).Resolve(env)
	if err != nil || !slices.Equal(mixed.Secrets, []string{"token a", "from file"}) {
		t.Errorf("got %+v, %v", mixed, err)
	}
	if _, err := (Reference{Text: "${env.A}"}).Resolve(nil); err == nil {
		t.Error("no environment has variables")
	}
}

func TestFilesOutsideAreNotRead(t *testing.T) {
	outside := t.TempDir()
	dir := t.TempDir()
	secret := filepath.Join(outside, "openapi.yaml")
	if err := os.WriteFile(secret, []byte("openapi: 3.0.0\ninfo: {title: a, version: '1'}\npaths: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(dir, "openapi.yaml")); err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "provider.yaml"), []byte("polygraph: 1\nprovider: a\nopenapi: ./openapi.yaml\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(dir, Options{})
	var m Mistakes
	if !errors.As(err, &m) || len(m) != 1 || !strings.Contains(m[0].Message, "escapes") {
		t.Errorf("got %v", err)
	}
}

func TestLoadOfNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{file: "is a file, not a folder", file + "s": "there is no such folder"} {
		_, err := Load(path, Options{})
		var m Mistakes
		if !errors.As(err, &m) || m[0].Message != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
