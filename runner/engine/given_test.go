package engine

import (
	"net/http"
	"strings"
	"testing"
)

func TestGivenIsMadeAgainAfterA429(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		stored bool // the 429 is a lie
	}{
		{name: "honest"},
		{name: "stored all the same", stored: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			nth := 0
			c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
				if a.method != "POST" {
					return false
				}
				if nth++; nth > 2 {
					return false
				}
				if test.stored {
					c.put(map[string]any{"text": a.sent("text")})
				}
				w.Header().Set("Retry-After", "0")
				write(w, 429, nil)
				return true
			})
			require(t, desk{contracts: updatesNote}.run(c)[0], "kept")
			texts := map[string]bool{}
			for _, a := range c.heard("POST") {
				texts[a.sent("text")] = true
			}
			if len(texts) != 3 || c.count("POST") != 3 {
				t.Errorf("%d requests with %d markers, want three of each", c.count("POST"), len(texts))
			}
			if c.left() > 0 {
				t.Errorf("%d notes left", c.left())
			}
		})
	}
}

func TestGivenIsTriedTenTimes(t *testing.T) {
	t.Parallel()
	c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
		if a.method == "POST" {
			w.Header().Set("Retry-After", "0")
			write(w, 429, nil)
			return true
		}
		return false
	})
	require(t, desk{contracts: updatesNote}.run(c)[0], "inconclusive setup-failed")
	if got := c.count("POST"); got != throttleTries {
		t.Errorf("tried %d times, want %d", got, throttleTries)
	}
}

// TestGivenFails lists ways in which what a contract needs cannot be had: none of
// them is the provider's lie, and nothing is acted upon.
func TestGivenFails(t *testing.T) {
	t.Parallel()
	listOnly := strings.Replace(notesProvider, "    read: GET /notes/{key}\n", "", 1)
	from := "contract: A note is shown\ngiven: note\ncall: PATCH /notes/{note.id}\nbody: {state: shown}\nupdates: note\nfrom: {state: draft}\n"
	for _, test := range []struct {
		name, provider, contract, want, hint string
		instead                              func(*clerk, http.ResponseWriter, asking) bool
	}{
		{name: "refused", contract: updatesNote, want: "POST /notes answered 403", instead: func(_ *clerk, w http.ResponseWriter, a asking) bool {
			return answered(w, a.method == "POST", 403, nil)
		}},
		{name: "refused by its body", contract: updatesNote, provider: notesProvider + "refusal: response.body.ok == false\n", want: "refusal by its body", instead: func(_ *clerk, w http.ResponseWriter, a asking) bool {
			return answered(w, a.method == "POST", 200, map[string]any{"ok": false})
		}},
		{name: "not shown by its read", contract: updatesNote, want: "is not shown by its read", hint: "as: owner", instead: func(_ *clerk, w http.ResponseWriter, a asking) bool {
			return answered(w, a.String() == "GET /notes/n1", 404, nil)
		}},
		{name: "a page that is no list", provider: listOnly, contract: updatesNote, want: "list cannot be understood: items: ", hint: "whether the address", instead: func(_ *clerk, w http.ResponseWriter, a asking) bool {
			if a.method == "GET" {
				w.Header().Set("Content-Type", "text/html")
				_, _ = w.Write([]byte("<p>Welcome"))
			}
			return a.method == "GET"
		}},
		{name: "not shown by its list", provider: listOnly, contract: updatesNote, want: "is not shown by its list", hint: "as: owner", instead: func(_ *clerk, w http.ResponseWriter, a asking) bool {
			return answered(w, a.String() == "GET /notes", 200, map[string]any{"items": []any{}})
		}},
		{name: "not as from wants", contract: from, want: "is not as `from` wants"},
		{name: "not as from wants, where there is only a list", provider: listOnly, contract: from, want: "is not as `from` wants"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, test.instead)
			r := desk{provider: test.provider, contracts: test.contract}.run(c)[0]
			requireVerdict(t, r, "inconclusive setup-failed")
			if got := reasons(r.Verdict); !strings.Contains(got, test.want) || !strings.Contains(got, test.hint) {
				t.Errorf("told %s; want %q and %q", got, test.want, test.hint)
			}
			if c.count("PATCH") > 0 {
				t.Error("it was acted upon all the same")
			}
		})
	}
}

// answered answers when it is asked to, and says whether it did.
func answered(w http.ResponseWriter, when bool, status int, body any) bool {
	if when {
		write(w, status, body)
	}
	return when
}

func TestGivenWaitsForFrom(t *testing.T) {
	t.Parallel()
	reads := 0
	c := newClerk(t, func(c *clerk, _ http.ResponseWriter, a asking) bool {
		if a.String() == "GET /notes/n1" {
			if reads++; reads == 3 {
				c.notes["n1"]["state"] = "draft"
			}
		}
		return false
	})
	from := "contract: A note is shown\ngiven: note\ncall: PATCH /notes/{note.id}\nbody: {state: shown}\nupdates: note\nfrom: {state: draft}\n"
	require(t, desk{contracts: from}.run(c)[0], "kept")
}

func TestGivenLearnsItsIdentityFromItsMarker(t *testing.T) {
	t.Parallel()
	c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
		if a.method == "POST" {
			c.put(map[string]any{"text": a.sent("text")})
			write(w, 204, nil)
			return true
		}
		return false
	})
	c.put(map[string]any{"text": "somebody's"})
	require(t, desk{contracts: updatesNote}.run(c)[0], "kept")
	if c.count("PATCH /notes/n2") != 1 || c.left() != 1 {
		t.Errorf("asked %v, %d notes left", c.heard("PATCH"), c.left())
	}
}
