package diagnosis

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// a shop is one account of a hand-made run: how it came out, what was taken of it, and what
// else account.read answered.
type shop struct {
	lied  bool
	kind  verdict.Kind // "" is lost-write
	can   string       // with spaces between; "-" is not known
	own   string       // JSON
	tags  string
	needs string
	node  string // header x-node of the act's answer
}

func runOf(shops ...shop) *engine.Finished {
	run := &engine.Finished{ID: "7f3a"}
	for i, s := range shops {
		name := fmt.Sprintf("shop-%02d", i)
		facts := engine.Facts{Account: name, Tags: strings.Fields(s.tags), Taken: map[string]any{}}
		if s.can == "-" {
			facts.Taken, facts.Why = nil, "account.read answered 500"
		} else {
			facts.Can, facts.Known = strings.Fields(s.can), true
			facts.Own = &wire.Exchange{Status: 200, ReplyBody: s.own}
		}
		run.Accounts = append(run.Accounts, facts)
		run.Results = append(run.Results, s.result(i+1, name, facts))
	}
	return run
}

func (s shop) result(number int, name string, facts engine.Facts) *engine.Result {
	r := &engine.Result{Number: number, Record: &verdict.Record{
		Cell:   verdict.Cell{Contract: "publishing", Account: name, Can: facts.Can, CanKnown: facts.Known},
		Act:    &verdict.Act{Exchange: 2, Marker: "pg-" + name},
		Wanted: verdict.Wanted{Needs: strings.Fields(s.needs)},
	}, Verdict: verdict.Verdict{Class: verdict.Kept}}
	if s.lied {
		r.Verdict = verdict.Verdict{Class: verdict.Lied, Kind: "lost-write"}
		if s.kind != "" {
			r.Verdict.Kind = s.kind
		}
	}
	x := &wire.Exchange{Number: 2, Eyes: name, Call: "publish", Status: 200, ReplyBody: `{"id":"` + name + `"}`}
	if s.node != "" {
		x.ReplyHeader = wire.Head{{Name: "X-Node", Value: s.node}}
	}
	after := &wire.Exchange{Number: 3, Eyes: name, Call: "getReview", Status: 200, ReplyBody: fmt.Sprintf(`{"state":%t}`, s.lied)}
	r.Exchanges = []*wire.Exchange{x, after}
	return r
}

// times is a shop so many times.
func times(n int, s shop) []shop {
	var out []shop
	for range n {
		out = append(out, s)
	}
	return out
}

func TestOf(t *testing.T) {
	good := shop{can: "read publish"}
	for _, each := range []struct {
		name  string
		shops []shop
		want  string
		why   string
	}{
		{name: "the incident", shops: append([]shop{{lied: true, can: "read"}}, times(11, good)...),
			want: `differs only here: account.can lacks "publish" (11 of 11 truthful accounts have it)`},
		{name: "two are lied to", shops: append(times(2, shop{lied: true, can: "read"}), times(6, good)...),
			want: `differs only on these 2 accounts: account.can lacks "publish" (6 of 6 truthful accounts have it)`},
		{name: "the contract says that it needs it", shops: []shop{{lied: true, can: "read", own: `{"region":"north"}`, needs: "publish"}, {can: "read publish", own: `{"region":"south"}`, needs: "publish"}},
			want: `differs only here: account.can lacks "publish" (the one truthful account has it)`},
		{name: "two accounts and two differences", shops: []shop{{lied: true, can: "read", own: `{"region":"north"}`}, {can: "read publish", own: `{"region":"south"}`}},
			want: `cannot tell: 2 facts separate them equally: account.can lacks "publish" (the one truthful account has it); account.read region is "north" (the one truthful account has "south")`},
		{name: "two accounts and one difference", shops: []shop{{lied: true, can: "read"}, good},
			want: `cannot tell: differs only here: account.can lacks "publish" (the one truthful account has it), which may be chance`},
		{name: "a plan", shops: append(times(3, shop{lied: true, own: `{"plan":"free"}`}), append(times(3, shop{own: `{"plan":"pro"}`}), times(3, shop{own: `{"plan":"team"}`})...)...),
			want: `differs only on these 3 accounts: account.read plan is "free" (6 of 6 truthful accounts have another)`},
		{name: "a setting deep down", shops: append(times(2, shop{lied: true, own: `{"settings":{"moderation":{"mode":"manual"}}}`}), times(7, shop{own: `{"settings":{"moderation":{"mode":"off"}}}`})...),
			want: `account.read settings.moderation.mode is "manual" (7 of 7 truthful accounts have "off")`},
		{name: "something that is absent", shops: append(times(2, shop{lied: true, own: `{"a":1}`}), times(7, shop{own: `{"a":1,"vat":{"checked":true}}`})...),
			want: `account.read vat.checked is absent (7 of 7 truthful accounts have it)`},
		{name: "scopes of one rank tie", shops: append([]shop{{lied: true, can: "read"}}, times(11, shop{can: "read publish sell"})...),
			want: `cannot tell: 2 facts separate them equally: account.can lacks "publish" (11 of 11 truthful accounts have it); account.can lacks "sell" (11 of 11 truthful accounts have it)`},
		{name: "a permission and a setting tie", shops: append([]shop{{lied: true, can: "read", own: `{"plan":"free"}`}}, times(11, shop{can: "read publish", own: `{"plan":"pro"}`})...),
			want: `cannot tell: 2 facts separate them equally: account.can lacks "publish"`},
		{name: "a permission is likelier than a region", shops: append([]shop{{lied: true, can: "read", own: `{"region":"north"}`}}, times(11, shop{can: "read publish", own: `{"region":"south"}`})...),
			want: `differs only here: account.can lacks "publish" (11 of 11 truthful accounts have it)`},
		{name: "a tag that correlates", shops: append([]shop{{lied: true, can: "read", tags: "eu"}}, times(11, good)...),
			want: `differs only here: account.can lacks "publish" (11 of 11 truthful accounts have it)`},
		{name: "nothing", shops: append([]shop{{lied: true, can: "read publish"}}, times(11, good)...),
			want: "cannot tell: nothing that is known sets it apart"},
		{name: "each has an id of its own", shops: numbered(9, `{"id":"u-%d","name":"N%[1]d","ref":"k%[1]d%[1]d"}`),
			want: "cannot tell: nothing that is known sets it apart"},
		{name: "when it was last written moves by itself", shops: append([]shop{{lied: true, own: `{"role":"viewer","updated":"2026-11-23 14:00:00Z"}`}},
			numberedTruthful(11, `{"role":"agent","updated":"2026-10-%02d 10:00:00Z"}`)...),
			want: `differs only here: account.read role is "viewer" (11 of 11 truthful accounts have "agent")`},
		{name: "joined before a day", shops: joined(4, 12),
			want: `differs only on these 4 accounts: account.read joined is before "2024-02-05" (8 of 8 truthful accounts are not)`},
		{name: "the oldest of twelve may be chance", shops: joined(1, 12),
			want: `cannot tell: differs only here: account.read joined is before`},
		{name: "its facts could not be read", shops: append([]shop{{lied: true, can: "-"}}, times(3, good)...),
			want: "cannot tell: the account's own facts could not be read"},
		{name: "somebody else's facts could not be read", shops: append([]shop{{lied: true, can: "read"}, {can: "-"}}, times(9, good)...),
			want: `differs only here: account.can lacks "publish" (9 of 9 truthful accounts have it)`},
		{name: "only the answers differ", shops: append([]shop{{lied: true, can: "read", node: "eu-2"}}, times(8, shop{can: "read", node: "eu-1"})...),
			want: `cannot tell: no fact of the account sets it apart, only what it was answered: publish response.headers.x-node is "eu-2" (8 of 8 truthful accounts have "eu-1")`},
		{name: "one is told the truth without it", shops: append(times(6, shop{lied: true, can: "read"}), append(times(6, good), shop{can: "read"})...),
			want: `cannot tell: nothing that is known sets it apart; nearest is account.can lacks "publish" (6 of 6 that are lied to, 1 of 7 truthful)`},
		{name: "another lie is not compared", shops: append([]shop{{lied: true, can: "read"}, {lied: true, kind: "half-done", can: "read publish"}}, times(11, good)...),
			want: `differs only here: account.can lacks "publish" (11 of 11 truthful accounts have it)`},
		{name: "two causes at once", shops: append(append(times(3, shop{lied: true, can: "read", own: `{"plan":"pro"}`}), times(3, shop{lied: true, can: "read publish", own: `{"plan":"free"}`})...), times(10, shop{can: "read publish", own: `{"plan":"pro"}`})...),
			want: `two causes: account.can lacks "publish" (3 of 6 that are lied to, 0 of 10 truthful), or account.read plan is "free" (3 of 6 that are lied to, 0 of 10 truthful)`},
		{name: "two facts together", shops: append(append(times(4, shop{lied: true, can: "read", own: `{"plan":"free"}`}), times(4, shop{can: "read", own: `{"plan":"pro"}`})...), times(4, shop{can: "read publish", own: `{"plan":"free"}`})...),
			want: `differs only on these 4 accounts: account.can lacks "publish" and account.read plan is "free" together (no truthful account has both)`},
	} {
		t.Run(each.name, func(t *testing.T) {
			run := runOf(each.shops...)
			d := Of(run, run.Results[0])
			if !strings.Contains(d.Text(), each.want) {
				t.Errorf("got  %s\nwant %s", d, each.want)
			}
			if d.Sure == strings.HasPrefix(each.want, "cannot tell") {
				t.Errorf("sure is %t of %s", d.Sure, d)
			}
			requireStored(t, d)
		})
	}
}

// requireStored holds that a diagnosis reads the same after it went to JSON and back.
func requireStored(t *testing.T, d *Diagnosis) {
	t.Helper()
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back Diagnosis
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if back.Text() != d.Text() {
		t.Errorf("from JSON it is %s\nwas            %s", &back, d)
	}
}

// numbered are shops whose facts carry their number; the first is lied to.
func numbered(n int, own string) []shop {
	var out []shop
	for i := range n {
		out = append(out, shop{lied: i == 0, own: fmt.Sprintf(own, i+100)})
	}
	return out
}

// numberedTruthful are shops that are told the truth, with their number in their facts.
func numberedTruthful(n int, own string) []shop {
	var out []shop
	for i := range n {
		out = append(out, shop{own: fmt.Sprintf(own, i+1)})
	}
	return out
}

// joined are shops of which each joined a day later than the one before.
func joined(lied, n int) []shop {
	var out []shop
	for i := range n {
		out = append(out, shop{lied: i < lied, own: fmt.Sprintf(`{"joined":"2024-02-%02d"}`, i+1)})
	}
	return out
}

func TestOnlyLiesHaveACause(t *testing.T) {
	run := runOf(append([]shop{{lied: true, can: "read"}}, times(3, shop{can: "read publish"})...)...)
	if d := Of(run, run.Results[1]); d != nil {
		t.Errorf("a cell that was kept has the diagnosis %s", d)
	}
	run.Results[0].Verdict.Class = verdict.Inconclusive
	if d := Of(run, run.Results[0]); d != nil {
		t.Errorf("a cell that could not be told has the diagnosis %s", d)
	}
	all := runOf(times(3, shop{lied: true, can: "read"})...)
	if d := Of(all, all.Results[0]); d.Text() != "" {
		t.Errorf("nobody was told the truth, and the diagnosis is %s", d)
	}
}

// The order of accounts, and of cells, has no say.
func TestTheOrderHasNoSay(t *testing.T) {
	shops := append(times(3, shop{lied: true, can: "a", own: `{"x":1,"y":"n","z":true}`}), times(5, shop{can: "a b", own: `{"x":2,"y":"n"}`})...)
	run := runOf(shops...)
	want := Of(run, run.Results[0]).Text()
	for turn := range run.Results {
		run.Results = append(run.Results[1:], run.Results[0])
		run.Accounts = append(run.Accounts[1:], run.Accounts[0])
		for _, r := range run.Results {
			if d := Of(run, r); d != nil && d.Text() != want {
				t.Fatalf("turned by %d: %s\nwant %s", turn+1, d, want)
			}
		}
	}
}

func TestSince(t *testing.T) {
	one := func(lied bool, can, own string) *engine.Finished {
		run := runOf(shop{lied: lied, can: can, own: own, needs: "publish"})
		if !lied {
			run.ID = "11aa"
		}
		return run
	}
	for _, each := range []struct {
		name      string
		now, past *engine.Finished
		want      string
	}{
		{"a scope was lost", one(true, "read", `{"plan":"pro"}`), one(false, "read publish", `{"plan":"pro"}`), `differs from run 11aa, which kept it: account.can lacks "publish"`},
		{"a plan was changed", one(true, "read", `{"plan":"free"}`), one(false, "read", `{"plan":"pro"}`), `differs from run 11aa, which kept it: account.read plan is "free" (it was "pro")`},
		{"nothing changed", one(true, "read", `{"id":"x"}`), one(false, "read", `{"id":"x"}`), "cannot tell: nothing that is known has changed since run 11aa, which kept it"},
		{"two things changed", one(true, "read", `{"plan":"free","mode":"a","open":1}`), one(false, "read", `{"plan":"pro","mode":"b","open":2}`), `cannot tell: 2 facts separate them equally: account.read mode is "a" (it was "b"); account.read plan is "free" (it was "pro")`},
		{"it was never kept", one(true, "read", ""), one(true, "read publish", ""), ""},
	} {
		t.Run(each.name, func(t *testing.T) {
			each.now.Earlier = []*engine.Finished{each.past}
			if d := Of(each.now, each.now.Results[0]); d.Text() != each.want {
				t.Errorf("got  %s\nwant %s", d, each.want)
			}
		})
	}
}

func TestWhatMovesByItselfIsNoCause(t *testing.T) {
	now := runOf(append([]shop{{lied: true, own: `{"open":7}`}}, times(11, shop{own: `{"open":3}`})...)...)
	past := runOf(append([]shop{{own: `{"open":4}`}}, times(11, shop{own: `{"open":7}`})...)...)
	if d := Of(now, now.Results[0]); !d.Sure {
		t.Errorf("alone it is a cause, got %s", d)
	}
	now.Earlier = []*engine.Finished{past}
	if d := Of(now, now.Results[0]); d.Why != Nothing {
		t.Errorf("it was another in an earlier run, got %s", d)
	}
}
