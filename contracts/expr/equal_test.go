package expr

import (
	"encoding/json"
	"testing"
)

func TestEqual(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1", "1.0", true},
		{"1", "1e0", true},
		{"100", "1e2", true},
		{"0", "-0.00e99999", true},
		{"-1", "1", false},
		{"0.1", "1e-1", true},
		{"9007199254740993", "9007199254740992", false},
		{"9007199254740993", "9007199254740993.0", true},
		{"1e1000000000", "1e1000000000", true},
		{"1e1000000000", "10e999999999", true},
		{"1e1000000000", "1e1000000001", false},
		{"1e99999999999999999999", "1e99999999999999999998", false},
		{"1e99999999999999999999", "1e99999999999999999999", true},
		{"123456789012345678901234567890", "123456789012345678901234567890.0", true},
		{`"1"`, "1", false},
		{"null", "null", true},
		{"null", "false", false},
		{"[1, [2]]", "[1.0, [2e0]]", true},
		{"[1, 2]", "[2, 1]", false},
		{"[1]", "[1, 1]", false},
		{`{"a": 1, "b": null}`, `{"b": null, "a": 1}`, true},
		{`{"a": null}`, `{"b": null}`, false},
		{`{"a": null}`, `{}`, false},
		{`{}`, `[]`, false},
		{`"é"`, `"é"`, true},
	} {
		a, b := decode(t, c.a), decode(t, c.b)
		if Equal(a, b) != c.want || Equal(b, a) != c.want {
			t.Errorf("%s == %s: want %v", c.a, c.b, c.want)
		}
	}
	for _, v := range []any{Absent, Unknown{}, []any{Absent}, map[string]any{"a": Unknown{}}} {
		if Equal(v, v) {
			t.Errorf("%v equals itself", v)
		}
	}
}

func TestSameIdentity(t *testing.T) {
	n := func(text string) any { return json.Number(text) }
	for _, c := range []struct {
		a, b any
		want bool
	}{
		{n("8841"), "8841", true},
		{n("8841.0"), "8841", true},
		{n("8841.0"), "8841.0", true},
		{n("8841"), n("8841.0"), true},
		{8841, n("8841"), true},
		{"08841", n("8841"), false},
		{"a", "a", true},
		{"a", "A", false},
		{n("9007199254740993"), "9007199254740992", false},
		{nil, nil, false},
		{Absent, Absent, false},
		{true, "true", false},
	} {
		if SameIdentity(c.a, c.b) != c.want || SameIdentity(c.b, c.a) != c.want {
			t.Errorf("%s and %s: want %v", Format(c.a), Format(c.b), c.want)
		}
	}
}

func TestOrder(t *testing.T) {
	ascending := []json.Number{"-1e1000000000", "-10", "-9.5", "-1e-9", "0", "1e-1000000000", "0.1", "1", "1.5", "2",
		"9007199254740992", "9007199254740993", "1e30", "1e1000000000"}
	for i, a := range ascending {
		for j, b := range ascending {
			c, err := order(readNumber(string(a)), readNumber(string(b)))
			if err != nil || (c < 0) != (i < j) || (c > 0) != (i > j) {
				t.Errorf("%s, %s: got %d, %v", a, b, c, err)
			}
		}
	}
	if _, err := order(readNumber("x"), readNumber("1")); err == nil {
		t.Error("x was compared")
	}
}

func TestCanonical(t *testing.T) {
	for n, want := range map[json.Number]string{
		"1": "1", "1.0": "1", "1.50": "1.5", "15e-1": "1.5", "1E3": "1000", "-0": "0", "0.0": "0", "-0.010": "-0.01",
		"1e-7": "0.0000001", "1e1000": "1e1000", "12.5e1000": "1.25e1001", "-1e-1000": "-1e-1000", "x": "x", "+": "+",
		"18446744073709551616": "18446744073709551616",
	} {
		if got := Canonical(n); got != want {
			t.Errorf("%s: got %s, want %s", n, got, want)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{"1", "-0.5e10", "1e999999999", "00.1", "1.", "-", "1e+5", "1e-17"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n := json.Number(text)
		once := Canonical(n)
		if twice := Canonical(json.Number(once)); once != twice {
			t.Errorf("%q: %q, then %q", text, once, twice)
		}
		if !Equal(n, json.Number(once)) {
			t.Errorf("%q does not equal its canonical %q", text, once)
		}
	})
}
