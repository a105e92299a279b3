package diagnosis

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// stepFacts are what the same steps were answered, up to the act's own answer: what was
// read after it is the lie itself, and no cause. In a row of more accounts than this the
// facts of the accounts must do.
func stepFacts(g *group) []*fact {
	const mostAccounts = 300
	all := g.all()
	if len(all) > mostAccounts {
		return nil
	}
	into := newGatherer(len(all), len(g.lied))
	taken := map[string][]bool{} // by step: which accounts took it
	for i, r := range all {
		for _, x := range until(r) {
			name := step(r, x)
			if taken[name] == nil {
				taken[name] = make([]bool, len(all))
			}
			taken[name][i] = true
			putAnswer(into, i, name, r, x)
		}
	}
	for name, who := range taken {
		for i, took := range who {
			if !took { // a step that was not taken answered nothing: that is no absence
				into.blind(i, func(f *fact) bool { return strings.HasPrefix(f.name, name+" ") })
			}
		}
	}
	return into.order
}

// until are a cell's exchanges up to its act.
func until(r *engine.Result) []*wire.Exchange {
	if r.Record == nil || r.Record.Act == nil {
		return nil
	}
	last := r.Record.Act.Exchange
	return slices.DeleteFunc(slices.Clone(r.Exchanges), func(x *wire.Exchange) bool {
		return x.Number > last || x.Received || x.Call == "" || x.Status == 0
	})
}

// step names an exchange so that it is the same on every account.
func step(r *engine.Result, x *wire.Exchange) string {
	if x.Eyes == r.Subject().Account {
		return x.Call
	}
	if x.Eyes == "nobody" {
		return x.Call + " as nobody"
	}
	return x.Call + " as another"
}

// plumbing are headers of every answer that say nothing of an account.
var plumbing = []string{"Date", "Content-Length", "Age", "Etag", "Last-Modified", "Connection", "Expires", "Location"}

func putAnswer(into *gatherer, i int, name string, r *engine.Result, x *wire.Exchange) {
	put := func(path string, v value) {
		if !personal(r, bare(v.text)) {
			into.put(i, fact{name: name + " " + path, rank: Answer}, v)
		}
	}
	put("response.status", value{form: scalar, text: fmt.Sprint(x.Status)})
	for _, field := range x.ReplyHeader {
		if !slices.Contains(plumbing, field.Name) {
			put("response.headers."+segment(strings.ToLower(field.Name)), value{form: scalar, text: scalarText(field.Value)})
		}
	}
	for _, l := range leavesOf(x.ReplyBody) {
		put("response.body."+l.path, l.value)
	}
}

// personal is a text that carries what this cell alone has: its markers, the identities
// of what it made, its account.
func personal(r *engine.Result, text string) bool {
	own := []string{r.Subject().Account, r.Record.Act.Marker, r.Record.Act.Key}
	for _, thing := range r.Record.Things {
		own = append(own, thing.Marker, thing.Key)
	}
	return slices.ContainsFunc(own, func(mine string) bool { return mine != "" && strings.Contains(text, mine) })
}

// slowness is the split by how long the act's answer took, where the slowest of one group
// was twice as quick as the quickest of the other, and by more than a machine's hiccup.
func slowness(g *group) []split {
	f := &fact{name: "the answer to the act", rank: Timing, lied: len(g.lied)}
	times := make([]time.Duration, 0, len(g.lied)+len(g.truthful))
	for _, r := range g.all() {
		if r.Record == nil || r.Record.Act == nil {
			return nil
		}
		times = append(times, r.Record.Act.SaidAt-r.Record.Act.SentAt)
	}
	f.values = make([]value, len(times))
	lied, truthful := times[:len(g.lied)], times[len(g.lied):]
	if quick, slow := slices.Max(lied), slices.Min(truthful); apart(quick, slow) {
		return []split{timed(f, Below, slow)}
	}
	if quick, slow := slices.Max(truthful), slices.Min(lied); apart(quick, slow) {
		return []split{timed(f, From, slow)}
	}
	return nil
}

func apart(quick, slow time.Duration) bool {
	const hiccup = 30 * time.Millisecond
	return slow >= 2*quick && slow-quick >= hiccup
}

// timed holds of those that are lied to.
func timed(f *fact, op Op, limit time.Duration) split {
	s := split{fact: f, op: op, value: scalarText(limit.Round(time.Millisecond).String()), rank: Timing, holds: newSet(len(f.values))}
	for i := range f.lied {
		s.holds.add(i)
	}
	s.in = s.holds.count(f.lied, len(f.values))
	return s
}
