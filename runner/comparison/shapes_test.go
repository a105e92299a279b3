package comparison

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A cell of the tests: what a rule may go by.
type testCell struct {
	side     string // A or B
	account  int
	contract int
	draw     *rand.Rand
}

// world is a run of 12 accounts and 2 contracts, both of which read a review. Change alters what one cell shows.
func world(side string, seed uint64, change func(c testCell, o *Outline)) Side {
	draw := rand.New(rand.NewPCG(seed, uint64(len(side)+int(side[0]))))
	s := Side{Name: side, Run: side, Suite: "suite", Target: "sandbox"}
	for account := range 12 {
		for contract := range 2 {
			o := &Outline{Call: "getReview", Status: 200,
				Fields:  map[string]string{"": "object", "id": "number", "title": "string", "by": "object", "by.name": "string", "items": "list", "items[]": "object", "items[].id": "number"},
				Headers: map[string]string{"Date": "", "X-Version": "3"}}
			change(testCell{side, account, contract, draw}, o)
			s.Rows = append(s.Rows, Row{Number: len(s.Rows) + 1, Contract: fmt.Sprint("contract ", contract), Account: fmt.Sprint("shop-", account), Call: "getReview", Class: verdict.Kept,
				Outlines: []*Outline{o}})
		}
	}
	return s
}

func said(c *Comparison) []string {
	var out []string
	for _, s := range c.Shapes {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s: %s → %s in %d of %d", s.Trait, s.Name, s.From, s.To, s.Cells, s.Of)))
	}
	return out
}

func inB(change func(o *Outline)) func(testCell, *Outline) {
	return func(c testCell, o *Outline) {
		if c.side == "B" {
			change(o)
		}
	}
}

var shapeCases = []struct {
	name   string
	change func(c testCell, o *Outline)
	want   []string // nil: a truthful twin
}{
	{"nothing changed", func(testCell, *Outline) {}, nil},
	{"an optional field comes and goes", func(c testCell, o *Outline) {
		if c.draw.IntN(2) == 0 {
			o.Fields["note"] = "string"
		}
	}, nil},
	{"another machine answers", func(c testCell, o *Outline) {
		o.Headers["X-Served-By"] = []string{"one", "two", "three"}[c.draw.IntN(3)]
	}, nil},
	{"a value of its own each time", func(c testCell, o *Outline) {
		o.Headers["X-Token"] = fmt.Sprint(c.draw.Int64())
		o.Fields["k"+fmt.Sprint(c.draw.IntN(2))] = "string"
	}, nil},
	{"a field is null until it is set", func(c testCell, o *Outline) {
		o.Fields["published_at"] = []string{"null|string", "string", "string"}[c.draw.IntN(3)]
	}, nil},
	{"a busy provider", func(c testCell, o *Outline) {
		if c.side == "B" && c.draw.IntN(3) == 0 {
			o.Status = 503
		}
	}, nil},
	{"a read before it was there", func(c testCell, o *Outline) {
		if c.draw.IntN(2) == 0 {
			o.Fields = map[string]string{"": "null|object", "id": "number", "title": "string"}
		}
	}, nil},
	{"a list without elements", inB(func(o *Outline) { delete(o.Fields, "items[]"); delete(o.Fields, "items[].id") }), nil},
	{"others have put other things into the list", func(c testCell, o *Outline) {
		o.Fields["items[].photo"], o.Fields["items[].caption"] = "null|object", "null"
		if c.side == "B" {
			o.Fields["items[].photo"], o.Fields["items[].caption"] = "null", "string"
		}
	}, nil},
	{"half the accounts have a plan with a field", func(c testCell, o *Outline) {
		if c.account%2 == 0 {
			o.Fields["discount"] = "number"
		}
	}, nil},
	{"one contract sends what the other does not", func(c testCell, o *Outline) {
		if c.contract == 0 {
			o.Fields["tags"] = "list"
		}
	}, nil},

	{"a field is gone", inB(func(o *Outline) { delete(o.Fields, "title") }), []string{"field title: string → absent in 24 of 24"}},
	{"an object is gone, said once", inB(func(o *Outline) { delete(o.Fields, "by"); delete(o.Fields, "by.name") }), []string{"field by: object → absent in 24 of 24"}},
	{"a field of elements is gone", inB(func(o *Outline) { delete(o.Fields, "items[].id") }), []string{"field items[].id: number → absent in 24 of 24"}},
	{"a field is new", inB(func(o *Outline) { o.Fields["slug"] = "string" }), []string{"field slug: absent → string in 24 of 24"}},
	{"a type changed", inB(func(o *Outline) { o.Fields["id"] = "string" }), []string{"field id: number → string in 24 of 24"}},
	{"a field may be null now", inB(func(o *Outline) { o.Fields["title"] = "null|string" }), []string{"field title: string → null|string in 24 of 24"}},
	{"a field that was always null is set", func(c testCell, o *Outline) {
		o.Fields["note"] = "null"
		if c.side == "B" {
			o.Fields["note"] = "string"
		}
	}, []string{"field note: null → string in 24 of 24"}},
	{"a field is gone for one account", func(c testCell, o *Outline) {
		if c.side == "B" && c.account == 7 {
			delete(o.Fields, "title")
		}
	}, []string{"field title: string → absent in 2 of 24"}},
	{"a field is gone for one account, beside one that comes and goes", func(c testCell, o *Outline) {
		if c.side == "B" && c.account == 7 {
			delete(o.Fields, "title")
		}
		if c.draw.IntN(2) == 0 {
			o.Fields["note"] = "string"
		}
	}, []string{"field title: string → absent in 2 of 24"}},
	{"a plan lost its field", func(c testCell, o *Outline) {
		if c.side == "A" && c.account%2 == 0 {
			o.Fields["discount"] = "number"
		}
	}, []string{"field discount: number → absent in 12 of 24"}},
	{"the status changed", inB(func(o *Outline) { o.Status = 203 }), []string{"status : 200 → 203 in 24 of 24"}},
	{"a header is gone", inB(func(o *Outline) { delete(o.Headers, "X-Version") }), []string{"header X-Version: 3 → absent in 24 of 24"}},
	{"a header has another value", inB(func(o *Outline) { o.Headers["X-Version"] = "4" }), []string{"header X-Version: 3 → 4 in 24 of 24"}},
	{"a header whose value is noise is gone", inB(func(o *Outline) { delete(o.Headers, "Date") }), []string{"header Date:  → absent in 24 of 24"}},
	{"restless, and another for nearly all", func(c testCell, o *Outline) {
		o.Headers["X-Cache"] = "HIT"
		if c.side == "B" || c.draw.IntN(12) == 0 {
			o.Headers["X-Cache"] = "MISS"
		}
	}, []string{"header X-Cache: HIT → MISS in 22 of 24"}},
}

func TestShapes(t *testing.T) {
	for _, each := range shapeCases {
		t.Run(each.name, func(t *testing.T) {
			c := Of(Runs, world("A", 1, each.change), world("B", 1, each.change))
			if diff := cmp.Diff(each.want, said(c)); diff != "" {
				t.Errorf("-want +got (%d noise):\n%s", c.Noise, diff)
			}
		})
	}
}

// The twins are drawn again many times: what is noise must not be called a change one time in many, either.
func TestNoiseOfShapesIsHardlyEverAChange(t *testing.T) {
	twins, wrong := 0, 0
	for _, each := range shapeCases {
		if each.want != nil {
			continue
		}
		for seed := range uint64(drawn(600)) {
			twins++
			if c := Of(Runs, world("A", seed, each.change), world("B", seed+1000, each.change)); len(c.Shapes) > 0 {
				wrong++
				t.Logf("%s, draw %d: %v", each.name, seed, said(c))
			}
		}
	}
	inPage(t, []string{fmt.Sprintf("| %d | %d |", twins, wrong)})
	if wrong > max(1, twins/200) {
		t.Error("that is more than 1 in 200")
	}
}

// What differs between two accounts is told by what the others show.
func TestShapesOfTwoAccounts(t *testing.T) {
	for _, each := range []struct {
		name   string
		change func(c testCell, o *Outline)
		want   []string
	}{
		{"the same", func(testCell, *Outline) {}, nil},
		{"only B lacks it", func(c testCell, o *Outline) {
			if c.account == 1 {
				delete(o.Fields, "title")
			}
		}, []string{"field title: string → absent in 2 of 2"}},
		{"only A has it", func(c testCell, o *Outline) {
			if c.account == 0 {
				o.Fields["beta"] = "boolean"
			}
		}, []string{"field beta: boolean → absent in 2 of 2"}},
		{"a plan", func(c testCell, o *Outline) {
			if c.account%2 == 0 {
				o.Fields["discount"] = "number"
			}
		}, []string{"field discount: number → absent in 2 of 2"}},
		{"every account has its own", func(c testCell, o *Outline) { o.Headers["X-Shop"] = fmt.Sprint("shop-", c.account) }, nil},
		{"comes and goes", func(c testCell, o *Outline) {
			if (c.account+c.contract)%2 == 0 || c.account == 5 {
				o.Fields["note"] = "string"
			}
		}, nil},
	} {
		t.Run(each.name, func(t *testing.T) {
			a := world("A", 1, each.change)
			b := a
			a.Name, a.Account, b.Name, b.Account = "shop-0", "shop-0", "shop-1", "shop-1"
			c := Of(Accounts, a, b)
			if diff := cmp.Diff(each.want, said(c)); diff != "" {
				t.Errorf("-want +got (%d noise):\n%s", c.Noise, diff)
			}
		})
	}
}

func TestSnapshots(t *testing.T) {
	kept := func(value string) func(testCell, *Outline) {
		return func(c testCell, o *Outline) {
			o.Status, o.Fields, o.Headers, o.Snapshot = 0, nil, nil, map[string]string{"count": value}
			if value == "" {
				o.Snapshot["count"] = fmt.Sprint(c.draw.IntN(1000))
			}
		}
	}
	if diff := cmp.Diff([]string{"snapshot count: 3 → 4 in 24 of 24"}, said(Of(Runs, world("A", 1, kept("3")), world("B", 1, kept("4"))))); diff != "" {
		t.Error(diff)
	}
	if c := Of(Runs, world("A", 1, kept("")), world("B", 1, kept(""))); len(c.Shapes) > 0 || c.Noise == 0 {
		t.Errorf("a counter is a change: %v", said(c))
	}
}

func TestAComparisonIsTheSameInAnyOrder(t *testing.T) {
	change := func(c testCell, o *Outline) {
		if c.side == "B" {
			o.Fields["slug"] = []string{"string", "null"}[c.account%2]
			delete(o.Headers, "X-Version")
		}
	}
	a, b := world("A", 1, change), world("B", 1, change)
	want := Of(Runs, a, b)
	draw := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		one, two := a, b
		one.Rows, two.Rows = slices.Clone(a.Rows), slices.Clone(b.Rows)
		draw.Shuffle(len(one.Rows), func(i, j int) { one.Rows[i], one.Rows[j] = one.Rows[j], one.Rows[i] })
		draw.Shuffle(len(two.Rows), func(i, j int) { two.Rows[i], two.Rows[j] = two.Rows[j], two.Rows[i] })
		if diff := cmp.Diff(want.Shapes, Of(Runs, one, two).Shapes); diff != "" {
			t.Fatal(diff)
		}
	}
}
