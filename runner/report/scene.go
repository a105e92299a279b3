package report

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A scene is a cell as somebody can play it again by hand: the same calls in the
// same order, with things that are new.
type scene struct {
	r       *engine.Result
	record  *verdict.Record
	given   []*wire.Exchange // what was sent to make what the contract needs
	act     *wire.Exchange
	looks   []look
	reads   []*wire.Exchange // after the act, in their order
	cleanUp []*wire.Exchange
	props   []*prop
	needs   []Variable
}

// A look is one read of a place.
type look struct {
	x     *wire.Exchange
	place *verdict.Place
}

// A prop is one thing that a scene makes, by the variables of a script.
type prop struct {
	name   string // the shell's: review, review_2
	thing  string // the contract's
	key    string
	marker string
	mark   string // the marker's variable; two that carry the same marker share it
	uuid   string
	known  bool // the script has its identity by now
	used   bool // the script names it
}

// sceneOf is nil where there is nothing that could be played: nothing was sent, or
// the exchanges are not kept any more.
func sceneOf(r *engine.Result) *scene {
	if r == nil || r.Record == nil || r.Record.Act == nil {
		return nil
	}
	s := &scene{r: r, record: r.Record}
	reads, last := readsOf(r.Record)
	calls := readCalls(r, reads)
	begin := s.begin()
	for _, x := range inOrder(r.Exchanges) {
		writes := !x.Received && !onlyReads(x.Method) && !reads[x.Number] && !calls[x.Call]
		switch {
		case x.Number == r.Record.Act.Exchange:
			s.act = x
		case !writes && !x.Received && x.Number > r.Record.Act.Exchange:
			s.reads = append(s.reads, x)
		case !writes || x.SentAt.Before(begin):
		case x.Number < r.Record.Act.Exchange && x.Status >= 200 && x.Status < 400:
			s.given = append(s.given, x)
		case x.Number > last:
			s.cleanUp = append(s.cleanUp, x)
		}
	}
	if s.act == nil || s.act.Sends == 0 {
		return nil
	}
	s.see()
	s.cast()
	if len(r.Trials) > 0 || len(r.Record.Earlier) > 0 { // what of it belongs to others is told by the things that it names
		s.given = slices.DeleteFunc(s.given, func(x *wire.Exchange) bool { return !s.concerns(x) })
		s.cleanUp = slices.DeleteFunc(s.cleanUp, func(x *wire.Exchange) bool { return !s.concerns(x) })
	}
	return s
}

// concerns tells whether a request names a prop, or what a read showed with its
// marker, or whether its reply gives one.
func (s *scene) concerns(x *wire.Exchange) bool {
	if c := s.command(x); c != nil && len(c.named) > 0 {
		return true
	}
	key := ""
	if at, err := url.Parse(x.URL); err == nil {
		key = lastSegment(at)
	}
	return slices.ContainsFunc(s.props, func(p *prop) bool {
		shows := func(read *wire.Exchange) bool {
			return strings.Contains(read.ReplyBody, p.marker) && strings.Contains(read.ReplyBody, key)
		}
		return p.marker != "" && (strings.Contains(x.ReplyBody, p.marker) || key != "" && slices.ContainsFunc(s.reads, shows))
	})
}

func onlyReads(method string) bool { return method == "GET" || method == "HEAD" || method == "OPTIONS" }

// readCalls are the calls of a suite that only look, whatever their method: those that
// some reading was made with. The act may be one itself, where it is read again.
func readCalls(r *engine.Result, reads map[int64]bool) map[string]bool {
	calls := map[string]bool{}
	for _, x := range r.Exchanges {
		if reads[x.Number] && x.Call != "" && x.Number != r.Record.Act.Exchange {
			calls[x.Call] = true
		}
	}
	return calls
}

// readsOf are the exchanges that readings name, and the last of them.
func readsOf(record *verdict.Record) (named map[int64]bool, last int64) {
	named, last = map[int64]bool{}, record.Act.Exchange
	for _, place := range record.Places {
		for _, reading := range slices.Concat(place.Rested, place.Before, place.Readings) {
			named[reading.Exchange] = true
			last = max(last, reading.Exchange)
		}
	}
	return named, last
}

// begin is when the attempt began: of a second act, when that of the first did.
func (s *scene) begin() time.Time {
	if s.record.Repeat == nil || s.record.Repeat.First == nil || s.record.Repeat.First.Act == nil {
		return epoch(s.r)
	}
	first := *s.r
	first.Record = s.record.Repeat.First
	return epoch(&first)
}

// see takes of every place the first read after the act, each request once.
func (s *scene) see() {
	byNumber := map[int64]*wire.Exchange{}
	for _, x := range s.r.Exchanges {
		byNumber[x.Number] = x
	}
	for i := range s.record.Places {
		place := &s.record.Places[i]
		if place.Look == verdict.Expression || place.Look == verdict.Inbox {
			continue
		}
		for _, reading := range place.Readings {
			x := byNumber[reading.Exchange]
			if x == nil || x.Number == s.act.Number && !onlyReads(x.Method) {
				continue
			}
			same := func(l look) bool {
				return l.x.Eyes == x.Eyes && l.x.Method == x.Method && l.x.URL == x.URL && l.x.RequestBody == x.RequestBody
			}
			if !slices.ContainsFunc(s.looks, same) {
				s.looks = append(s.looks, look{x, place})
			}
			break
		}
	}
}

// cast names what the scene makes: what was given, what a first act made, what the act makes.
func (s *scene) cast() {
	records := []*verdict.Record{s.record}
	if s.record.Repeat != nil && s.record.Repeat.First != nil {
		records = []*verdict.Record{s.record.Repeat.First, s.record}
	}
	for _, record := range records {
		for _, thing := range record.Things {
			s.enter(prop{name: thing.Name, thing: thing.Name, key: thing.Key, marker: thing.Marker, uuid: thing.UUID})
		}
		if act := record.Act; act != nil {
			made := "made"
			for _, e := range record.Effects {
				if e.Verb == contracts.Creates && e.Thing != "" {
					made = e.Thing
				}
			}
			s.enter(prop{name: made, thing: made, key: act.Key, marker: act.Marker, uuid: act.UUID})
		}
		for _, e := range record.Effects { // the items of a bulk call, and what a job has made
			if e.Key != "" {
				s.enter(prop{name: e.Thing, thing: e.Thing, key: e.Key, marker: e.Marker})
			}
		}
	}
	s.castJob()
	for _, p := range s.props {
		if !s.gave(p.key) {
			p.key = "" // it was made up, so that it means nothing, and can be sent again as it is
		}
	}
}

// gave tells whether a reply has an identity in it.
func (s *scene) gave(key string) bool {
	return slices.ContainsFunc(s.r.Exchanges, func(x *wire.Exchange) bool {
		return x.Status >= 200 && x.Status < 400 && (strings.Contains(x.ReplyBody, key) || strings.Contains(x.ReplyHeader.Get("Location"), key))
	})
}

// castJob names the job that the act was answered with: it is polled under an
// identity that is new each time.
func (s *scene) castJob() {
	for _, l := range s.looks {
		at, err := url.Parse(l.x.URL)
		if l.place.Look != verdict.Job || err != nil {
			continue
		}
		if key := lastSegment(at); identityIn(s.act, key) != "" {
			s.enter(prop{name: "job", key: key})
		}
	}
}

// enter adds a prop under a name of its own, unless it is there already.
func (s *scene) enter(p prop) {
	base, same := strings.ToLower(shouted(p.name)), 0
	if base == "" || base[0] >= '0' && base[0] <= '9' {
		base = "thing_" + base
	}
	for _, other := range s.props {
		if other.key == p.key && (p.key != "" || other.marker == p.marker) || other.marker == p.marker && p.marker != "" && (p.key == "" || other.key == "") {
			other.key, other.uuid = firstText(other.key, p.key), firstText(other.uuid, p.uuid)
			return
		}
		if other.name == base || strings.HasPrefix(other.name, base+"_") {
			same++
		}
	}
	if p.marker != "" && strings.Contains(p.key, p.marker) {
		p.key = "" // new by itself
	}
	if p.name = base; same > 0 || reservedNames[base] {
		p.name = fmt.Sprintf("%s_%d", base, same+1)
	}
	p.mark = p.name + "_unique"
	for _, other := range s.props {
		if p.marker != "" && other.marker == p.marker {
			p.mark = other.mark
			break
		}
	}
	s.props = append(s.props, &p)
}

// reservedNames are those that the script itself uses, and the shell.
var reservedNames = map[string]bool{"dir": true, "server": true, "wait": true, "path": true, "home": true, "ifs": true, "missing": true, "t": true}

func firstText(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// fill is what of the scene's requests is new each time. used is told of which props.
func (s *scene) fill(used func(p *prop, byKey bool)) filling {
	var marks, keys filling
	for _, p := range s.props {
		if p.marker != "" {
			marks = append(marks, blank{p.marker, func() string { used(p, false); return p.mark }, anywhere})
		}
		if p.uuid != "" {
			marks = append(marks, blank{p.uuid, func() string { used(p, false); return p.name + "_uuid" }, anywhere})
		}
		if isPlainIdentity(p.key) {
			keys = append(keys, blank{p.key, func() string { used(p, true); return p.name }, asWhole})
		}
	}
	slices.SortStableFunc(keys, func(a, b blank) int { return len(b.text) - len(a.text) })
	return append(marks, keys...)
}

// A command is one request of a scene, and what it names.
type command struct {
	*curl
	named []*prop
	keys  []*prop // those that it names by their identity
}

// command makes the command of a request; nil where there is none.
func (s *scene) command(x *wire.Exchange, also ...blank) *command {
	c := &command{}
	c.curl = curlOf(x, slices.Concat(filling(also), s.fill(func(p *prop, byKey bool) {
		p.used = true
		if !slices.Contains(c.named, p) {
			c.named = append(c.named, p)
		}
		if byKey && !slices.Contains(c.keys, p) {
			c.keys = append(c.keys, p)
		}
	})))
	if c.curl == nil {
		return nil
	}
	c.address = s.fromServer(c.address)
	for _, v := range c.needs {
		if !slices.Contains(s.needs, v) {
			s.needs = append(s.needs, v)
		}
	}
	return c
}

// origin is where the act went.
func (s *scene) origin() string {
	at, err := url.Parse(s.act.URL)
	if err != nil {
		return ""
	}
	return at.Scheme + "://" + at.Host
}

// fromServer has an address begin with a variable, so that the script can be pointed
// at another place.
func (s *scene) fromServer(address word) word {
	if len(address) == 0 {
		return address
	}
	rest, own := strings.CutPrefix(address[0].text, s.origin())
	if !own || rest != "" && rest[0] != '/' && rest[0] != '?' {
		return address
	}
	out := word{{variable: "server"}}
	if rest != "" {
		out = append(out, piece{text: rest})
	}
	return append(out, address[1:]...)
}

// rest is for how long what was made lay before the act, in whole seconds: until then
// polygraph had seen it.
func (s *scene) rest() int {
	if len(s.given) == 0 {
		return 0
	}
	return wholeSeconds(s.act.SentAt.Sub(s.given[len(s.given)-1].SaidAt))
}

// wait is for how long an effect was waited for, in whole seconds.
func (s *scene) wait() int {
	longest := time.Second
	for _, e := range s.record.Effects {
		for _, w := range e.Where {
			longest = max(longest, w.Patience, w.Within+w.Stays)
		}
	}
	return wholeSeconds(longest)
}

// wholeSeconds are whole ones, upwards, and no more than ten minutes.
func wholeSeconds(d time.Duration) int {
	const most = 10 * time.Minute
	return int((max(0, min(d, most)) + time.Second - 1) / time.Second)
}
