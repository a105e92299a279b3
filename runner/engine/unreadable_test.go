package engine

import (
	"errors"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

func TestReachHintKnowsCertificates(t *testing.T) {
	for _, each := range []struct{ name, why, want string }{
		{"nobody listens", "dial tcp 127.0.0.1:1: connect: connection refused", "whether the server is up"},
		{"an authority of one's own", "tls: unknown authority: x509: certificate signed by unknown authority", "SSL_CERT_FILE=FILE"},
	} {
		t.Run(each.name, func(t *testing.T) {
			if got := reachHint(each.why); !strings.Contains(got, each.want) {
				t.Errorf("got %q, want %q in it", got, each.want)
			}
		})
	}
}

// TestUnreadable says why nothing is sent where nothing could be read before the act.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	cannot := func(status int) verdict.Reading {
		return verdict.Reading{Known: verdict.Unsure, Status: status, Exchange: 1, Why: "why"}
	}
	for _, row := range []struct {
		name   string
		before []verdict.Reading // of each place
		want   string            // what halts the attempt; "" for nothing
	}{
		{"nothing is read", nil, ""},
		{"there is nothing to ask for yet", []verdict.Reading{{Known: verdict.Absent}}, ""},
		{"one place can be read", []verdict.Reading{cannot(500), {Known: verdict.Value, Status: 200, Exchange: 2}}, ""},
		{"one place is denied", []verdict.Reading{cannot(500), cannot(403)}, ""},
		{"one place is no use", []verdict.Reading{cannot(500), cannot(404)}, ""},
		{"nothing answers", []verdict.Reading{cannot(0), cannot(0)}, "unreachable"},
		{"one place answers, and only that it cannot", []verdict.Reading{cannot(500), cannot(0)}, "probe-failed"},
		{"all is throttled", []verdict.Reading{cannot(429)}, "probe-failed"},
		{"every read is answered 401", []verdict.Reading{cannot(401), cannot(401)}, "setup-failed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := &attempt{me: &eyes{name: "ada", account: &contracts.Account{}}, record: &verdict.Record{}}
			var all []int
			for i, r := range row.before {
				all = append(all, i)
				a.places = append(a.places, &place{eyes: a.me})
				a.record.Places = append(a.record.Places, verdict.Place{Before: []verdict.Reading{r}})
			}
			got, halt := "", (*haltError)(nil)
			if errors.As(a.unreadable(all), &halt) {
				got = string(halt.kind)
			}
			if got != row.want {
				t.Errorf("halts as %q, want %q", got, row.want)
			}
		})
	}
}
