package contracts

import "testing"

// TestAside asks which refused cases no longer speak of the given thing.
func TestAside(t *testing.T) {
	const edits = "given: {mine: {make: review}, second: {make: review}}\ncall: PATCH /reviews/{mine.id}\nbody: {stars: 2}\neffects: [{updates: mine}, {keeps: second}]\n"
	for _, row := range []struct {
		name, cs string
		mine     bool
		second   bool
	}{
		{"a made-up identity", "call: PATCH /reviews/none, status: 404", true, false},
		{"the same thing", "body: {stars: 9}, status: 422", false, false},
		{"the other thing", "call: \"PATCH /reviews/{second.id}\", status: 404", false, false},
		{"a made-up identity, and no refusal", "call: PATCH /reviews/none, status: 200", false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := oneContract(t, edits+"cases: {x: {"+row.cs+"}}\n")
			for thing, want := range map[string]bool{"mine": row.mine, "second": row.second, "nobody": false} {
				if got := c.Aside(c.Cases[0], &Effect{Thing: thing}); got != want {
					t.Errorf("%s aside: %v, want %v", thing, got, want)
				}
			}
			if c.Aside(nil, &Effect{Thing: "mine"}) {
				t.Error("the base is no case")
			}
		})
	}
}

// TestAsideByAnyName takes things that a call names in other ways than by their own name.
func TestAsideByAnyName(t *testing.T) {
	const body = "body: {stars: 2}\nupdates: mine\ncases: {x: {call: PATCH /reviews/none, status: 404}}\n"
	for name, head := range map[string]string{
		"its own":        "given: {mine: {make: review}}\ncall: PATCH /reviews/{mine.id}\n",
		"of no resource": "given: {mine: {make: review}, token: {call: POST /tokens}}\ncall: PATCH /reviews/{mine.id}\n",
	} {
		c := oneContract(t, head+body)
		if !c.Aside(c.Cases[0], &Effect{Thing: "mine"}) || c.Aside(c.Cases[0], &Effect{Thing: "token"}) {
			t.Errorf("%s: %+v", name, c.Given)
		}
	}
}
