package engine_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// A secret of an account that the run does not need is masked, too, where the provider repeats it.
func TestSecretsOfBystandersAreMasked(t *testing.T) {
	t.Parallel()
	s := newShop()
	s.HandleFunc("POST /reviews", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Last-Caller", "token-of-eve")
		s.plain(w, r)
	})
	m := say(t, s, `
-- polygraph.yaml --
targets:
  local:
    server: "${env.SERVER}"
    accounts:
      ada: {credentials: {bearer: t-ada}}
      eve: {credentials: {bearer: token-of-eve}}
-- a.contract.yaml --
contract: Creating creates
call: POST /reviews
body: {title: "New ${unique}"}
creates: review
`, func(o *engine.Options) { o.Accounts = []string{"ada"} })
	for _, r := range m.results {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "token-of-eve") || !strings.Contains(string(text), "X-Last-Caller") {
			t.Errorf("the header is missing, or it shows: %s", text)
		}
	}
}
