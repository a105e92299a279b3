package contracts

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestMistakesAreDiscreet: whatever is wrong with polygraph.yaml, a secret that is
// written out in it does not reach a log.
func TestMistakesAreDiscreet(t *testing.T) {
	const secret = "sk-live-0123456789"
	head := "targets:\n  live:\n    server: http://127.0.0.1:1\n"
	for _, each := range []struct{ name, targets, accounts string }{
		{"misspelt key beside it", head + "    accounts:\n      rome: {credentials: {bearer: " + secret + "}, tagz: [a]}\n", ""},
		{"misspelt form", head + "    accounts:\n      rome: {credentials: {bearrer: " + secret + "}}\n", ""},
		{"no form", head + "    accounts:\n      rome: {credentials: " + secret + "}\n", ""},
		{"a list", head + "    accounts:\n      rome:\n        credentials:\n          bearer: [" + secret + "]\n", ""},
		{"two forms", head + "    accounts:\n      rome: {credentials: {bearer: " + secret + ", key: " + secret + "}}\n", ""},
		{"not on this machine", strings.Replace(head, "http://127.0.0.1:1", "https://api.example.com", 1) + "    accounts:\n      rome: {credentials: {basic: {user: u, password: " + secret + "}}, tagz: 1}\n", ""},
		{"a quote that is open", head + "    accounts:\n      rome: {credentials: {bearer: \"" + secret + "}}\n", ""},
		{"a bracket that is open", head + "    accounts:\n      rome: {credentials: {bearer: " + secret + "}\n", ""},
		{"a broken reference", head + "    accounts:\n      rome: {credentials: {bearer: \"" + secret + "${env\"}, tagz: 1}\n", ""},
		{"a table without a header", head + "    accounts_from: accounts.csv\n", "rome," + secret + "\noslo," + secret + "\n"},
		{"a table with a quote", head + "    accounts_from: accounts.csv\n", "name,bearer\nrome,\"" + secret + "\n"},
		{"a table with other cells", head + "    accounts_from: accounts.csv\n", "name,bearer\nrome," + secret + ",x\n"},
	} {
		t.Run(each.name, func(t *testing.T) {
			_, err := LoadFS(suiteOf("provider.yaml", shop, "polygraph.yaml", each.targets, "accounts.csv", each.accounts), Options{})
			if err == nil {
				t.Fatal("it loads")
			}
			if strings.Contains(err.Error(), secret) || strings.Contains(fmt.Sprintf("%+v", err), secret) {
				t.Errorf("the secret shows:\n%v", err)
			}
		})
	}
}

func TestReferencePrintsNoLiteral(t *testing.T) {
	for text, want := range map[string]string{
		"sk-live-0123456789":        "***",
		"${env.TOKEN}":              "${env.TOKEN}",
		"token ${exec.pass show x}": "***${exec.pass show x}",
		"sk-live-${env":             "***",
	} {
		r := Reference{Pos: Position{File: "polygraph.yaml", Line: 1}, Text: text, Dir: "."}
		account := &Account{Name: "rome", Credentials: &Credentials{Values: map[string]Reference{"bearer": r}}}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if got := fmt.Sprintf(verb, r); got != want {
				t.Errorf("%s of %q is %q, want %q", verb, text, got, want)
			}
			if got := fmt.Sprintf(verb, *account.Credentials); strings.Contains(got, "sk-live") {
				t.Errorf("%s of an account: %s", verb, got)
			}
		}
		if encoded, err := json.Marshal(account); err != nil || strings.Contains(string(encoded), "sk-live") {
			t.Errorf("as JSON: %s, %v", encoded, err)
		}
	}
}
