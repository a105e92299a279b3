package engine

import (
	"strings"
	"testing"
)

func TestBindDefaults(t *testing.T) {
	t.Parallel()
	provider := strings.Replace(notesProvider, "read: GET /notes/{key}", "read: {call: \"GET /notes/{key}\", as: other, lag: 3s}", 1) +
		"probes:\n  page: {call: GET /page, as: nobody, find: \"#${note.id}\", lag: 2s}\n"
	for _, test := range []struct{ name, contract, want string }{
		{name: "creates", contract: createsNote, want: "read as bo within 3s stays 0s patience 500ms→3s; list as ada within 300ms stays 0s patience 500ms"},
		{name: "updates", contract: updatesNote + "within: 1s\nstays: 2s\npatience: 9s\n", want: "read as bo within 1s stays 2s patience 9s"},
		{name: "deletes", contract: "contract: It goes\ngiven: note\ncall: DELETE /notes/{note.id}\ndeletes: note\n", want: "read as bo within 3s stays 0s patience 500ms→3s; list as ada within 300ms stays 0s patience 500ms"},
		{name: "hides wants every place that names it", contract: "contract: It hides\ngiven: note\ncall: POST /hide/{note.id}\nhides: note\n", want: "read as bo within 3s stays 0s patience 500ms→3s; list as ada within 300ms stays 0s patience 500ms; page as nobody within 2s stays 0s patience 500ms→2s"},
		{name: "shows, to whom it says", contract: "contract: It shows\ngiven: note\ncall: POST /show/{note.id}\neffects: [{shows: note, in: [list], as: [me, nobody], within: 1s}]\n", want: "list as ada within 1s stays 0s patience 500ms→1s; list as nobody within 1s stays 0s patience 500ms→1s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := bound(t, desk{provider: provider, contracts: test.contract}.engine(newClerk(t, nil)))
			var got []string
			for _, w := range a.record.Effects[0].Where {
				p := a.record.Places[w.Place]
				text := p.Probe + " as " + p.Eyes + " within " + w.Within.String() + " stays " + w.Stays.String() + " patience "
				if w.Patience == w.Within {
					text += "500ms→"
				}
				got = append(got, text+w.Patience.String())
			}
			if got := strings.Join(got, "; "); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
