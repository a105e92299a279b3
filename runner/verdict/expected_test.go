package verdict

import (
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
)

func TestExpectedStatus(t *testing.T) {
	refused := contracts.Refused
	rows := []struct {
		name    string
		wanted  Wanted
		status  int
		ok      bool
		refuses bool
		says    string
	}{
		{"the base wants 2xx", Wanted{}, 204, true, false, "2xx"},
		{"the base is not content with 404", Wanted{}, 404, false, false, "2xx"},
		{"a 202 is a done to come", Wanted{Status: Status{Claim: contracts.Done}}, 202, true, false, "2xx"},
		{"a code", Wanted{Case: true, Status: Status{Codes: []int{403, 404}}}, 404, true, true, "403 or 404"},
		{"a class", Wanted{Case: true, Status: Status{Classes: []int{4}}}, 409, true, true, "4xx"},
		{"a claim", Wanted{Case: true, Status: Status{Claim: refused}}, 500, true, true, "a refusal"},
		{"a refusal or not", Wanted{Case: true, Status: Status{Codes: []int{200, 404}}}, 200, true, false, "200 or 404"},
		{"who lacks a scope, as stated", Wanted{Lacks: []string{"w"}, LackStated: true}, 403, true, false, "401, 403 or 404"},
		{"who lacks a scope, and answers 422", Wanted{Lacks: []string{"w"}, LackStated: true}, 422, false, false, "401, 403 or 404"},
		{"who lacks a scope, by facts alone", Wanted{Lacks: []string{"w"}}, 403, false, false, "2xx"},
		{"a case of who lacks a scope", Wanted{Case: true, Status: Status{Codes: []int{422}}, Lacks: []string{"w"}}, 403, true, true, "422"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			w := look(&Record{Wanted: row.wanted, Act: &Act{Status: row.status}})
			if got := w.accepted(); got != row.ok {
				t.Errorf("accepted %v", got)
			}
			if got := row.wanted.Status.refuses(); got != row.refuses {
				t.Errorf("refuses %v", got)
			}
			if got := w.expected(); got != row.says {
				t.Errorf("expected %q, want %q", got, row.says)
			}
		})
	}
}
