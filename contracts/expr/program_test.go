package expr

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// decode reads JSON as the wire does.
func decode(t testing.TB, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("decode %s: %v", text, err)
	}
	return v
}

// world is what most tests ask about.
func world(t testing.TB) (Vars, []string) {
	vars := Vars{
		"x": decode(t, `{"n": 1, "f": 1.50, "s": "abc", "none": null, "yes": true, "list": [3, 1, 2], "m": {"k": "v"},
			"big": 9007199254740993, "huge": 1e1000000000, "long": 123456789012345678901234567890,
			"items": [{"id": 1, "tag": "a"}, {"id": 2}, {"id": 3, "tag": "c"}], "when": "2026-01-02T03:04:05Z"}`),
		"u":    Unknown{Why: "GET /u answered 503"},
		"half": map[string]any{"known": true, "not": Unknown{Why: "cut"}},
		"gone": Absent,
	}
	return vars, []string{"x", "u", "half", "gone", "unset"}
}

func eval(t testing.TB, source string) (any, error) {
	t.Helper()
	vars, names := world(t)
	p, err := Compile(source, names, Any)
	if err != nil {
		t.Fatalf("compile %s: %v", source, err)
	}
	return p.Eval(vars)
}

func TestEval(t *testing.T) {
	for source, want := range map[string]string{
		// walking
		"x.n":                           "1",
		"x.typo":                        "absent",
		"x.typo.deeper[3]['k']":         "absent",
		"x.none":                        "null",
		"x.none.deeper":                 "absent",
		"x.list[0]":                     "3",
		"x.list[0.0]":                   "3",
		"x.list[3]":                     "absent",
		"x.list[-1]":                    "absent",
		"x.list[0.5]":                   "absent",
		"x.list.name":                   "absent",
		"x.list['name']":                "absent",
		"x.s.name":                      "absent",
		"x.s[0]":                        "absent",
		"x.m[0]":                        "absent",
		"x.m['k']":                      `"v"`,
		"x.m[x.typo]":                   "absent",
		"x.n.name":                      "absent",
		"unset.anything":                "absent",
		"gone.anything":                 "absent",
		"u.anything[0].at.all":          "unknown (GET /u answered 503)",
		"half.not":                      "unknown (cut)",
		"half.known":                    "true",
		"x.list[u]":                     "unknown (GET /u answered 503)",
		"x.items.map(i, i.tag)":         `["a",absent,"c"]`,
		"{'a': x.typo, 'b': 1}":         `{"b":1}`,
		"[{'a': x.typo}]":               `[{}]`,
		"{'a': u}":                      "unknown (GET /u answered 503)",
		"[1, u]":                        "unknown (GET /u answered 503)",
		"x.yes ? {'o': 1} : {}":         `{"o":1}`,
		"x.no ? {'o': 1} : {}":          `{}`,
		"x.yes ? {'a': 1} : {'a': 'b'}": `{"a":1}`,
		"x.yes ? null : x":              "null",

		// comparing
		"x.typo == x.typo":                   "false",
		"x.typo != 1":                        "false",
		"x.typo == null":                     "false",
		"x.typo != null":                     "false",
		"x.none == null":                     "true",
		"x.none != null":                     "false",
		"null == null":                       "true",
		"x.typo < 1":                         "false",
		"x.typo >= 1":                        "false",
		"u == x.typo":                        "false",
		"u == 1":                             "unknown (GET /u answered 503)",
		"u != u":                             "unknown (GET /u answered 503)",
		"x.typo in [1]":                      "false",
		"1 in x.typo":                        "false",
		"'k' in x.m":                         "true",
		"'v' in x.m":                         "false",
		"1 in x.m":                           "false",
		"1 in x.list":                        "true",
		"1.0 in x.list":                      "true",
		"9 in x.list":                        "false",
		"1 in [1, 2.5, 'a']":                 "true",
		"u in x.list":                        "unknown (GET /u answered 503)",
		"1 in u":                             "unknown (GET /u answered 503)",
		"'a' in x.none":                      "false",
		"x.s == 'abc'":                       "true",
		"x.s == 1":                           "false",
		"x.s != 1":                           "true",
		"'a' < 'b'":                          "true",
		"false < true":                       "true",
		"x.list == [3, 1.0, 2]":              "true",
		"x.m == {'k': 'v'}":                  "true",
		"x.m != {'k': 'w'}":                  "true",
		"[x.typo] == [x.typo]":               "false",
		"[x.typo] != [x.typo]":               "false",
		"[x.typo, 1] != [1, 2]":              "true",
		"half == half":                       "unknown (cut)",
		"half == {'known': false, 'not': 1}": "false",
		"x.items.map(i, i.typo) == x.items.map(i, i.typo)": "false",

		// numbers
		"1 == 1.0":                    "true",
		"0.1 + 0.2 == 0.3":            "true",
		"x.big == 9007199254740992":   "false",
		"x.big == 9007199254740993":   "true",
		"x.big + 0.5 > x.big":         "true",
		"x.big == 9007199254740993.0": "true",
		"x.huge > 1":                  "true",
		"x.long + 1":                  "123456789012345678901234567891",
		"x.f == 1.5":                  "true",
		"x.f + 1":                     "2.5",
		"x.f * 2":                     "3.0",
		"7 / 2":                       "3",
		"-7 / 2":                      "-3",
		"7 / 2.0":                     "3.5",
		"7 % 3":                       "1",
		"double(7) / 2":               "3.5",
		"1.0 / 4":                     "0.25",
		"9223372036854775807 + 1":     "9223372036854775808",
		"-9223372036854775808 - 1":    "-9223372036854775809",
		"9223372036854775807 * 2":     "18446744073709551614",
		"-9223372036854775808 / -1":   "9223372036854775808",
		"18446744073709551615u == 18446744073709551615.0": "true",
		"-x.n":                              "-1",
		"-x.f":                              "-1.5",
		"size(x.list) + 1.5":                "4.5",
		"size(x.list) == 3.0":               "true",
		"size(x.items) / 2":                 "1",
		"size(x.s) == x.list[0]":            "true",
		"int('12') + 1":                     "13",
		"int(2.9)":                          "2",
		"int(-2.9)":                         "-2",
		"int(-0.5)":                         "0",
		"double('1.5')":                     "1.5",
		"string(1.50)":                      `"1.5"`,
		"string(x.f)":                       `"1.5"`,
		"string(1e3)":                       `"1000"`,
		"string(x.n) + '!'":                 `"1!"`,
		"0.1234567890123456789012345":       "0.1234567890123456789012345",
		"x.n - 0.1234567890123456789012345": "0.8765432109876543210987655",
		"[0.1, -0.3][1]":                    "-0.3",
		"type(1) == int":                    "true",
		"type(x.f) == double":               "true",
		"type(x.s)":                         `"string"`,

		// logic
		"x.typo || true":                  "true",
		"x.typo && true":                  "false",
		"!x.typo":                         "absent",
		"!(x.typo && true)":               "true",
		"u && false":                      "false",
		"false && u":                      "false",
		"u || true":                       "true",
		"true || u":                       "true",
		"u && true":                       "unknown (GET /u answered 503)",
		"u || false":                      "unknown (GET /u answered 503)",
		"u && x.typo":                     "false",
		"u || x.typo":                     "unknown (GET /u answered 503)",
		"u && half.not":                   "unknown (GET /u answered 503; cut)",
		"!u":                              "unknown (GET /u answered 503)",
		"u ? 1 : 2":                       "unknown (GET /u answered 503)",
		"x.typo ? 1 : 2":                  "2",
		"absent(x.typo)":                  "true",
		"absent(x.none)":                  "false",
		"absent(x.n)":                     "false",
		"absent(u)":                       "unknown (GET /u answered 503)",
		"absent(gone) && !absent(x)":      "true",
		"has(x.n)":                        "true",
		"has(x.none)":                     "true",
		"has(x.typo.deeper)":              "false",
		"has(x.none.deeper)":              "false",
		"has(u.field)":                    "unknown (GET /u answered 503)",
		"absent(x) || x.n / 0 == 1 ? 1:1": "error division by zero",
		"!absent(x) || x.n / 0 == 1":      "true",
		"x.n / 0 == 1 || true":            "error division by zero",
		"u || x.n / 0 == 1":               "error division by zero",
		"x.n / 0 == 1 && false":           "error division by zero",
		"x.list.exists(i, 1 / (i - 3) == 1 || true)": "error division by zero",

		// functions
		"size(x.typo)":                          "absent",
		"size(u)":                               "unknown (GET /u answered 503)",
		"x.typo + u":                            "absent",
		"x.typo.startsWith('a')":                "absent",
		"x.s.startsWith(x.typo)":                "absent",
		"x.s.startsWith('a')":                   "true",
		"x.s.contains('b')":                     "true",
		"x.s.upperAscii()":                      `"ABC"`,
		"x.s.charAt(1)":                         `"b"`,
		"x.s.indexOf('c')":                      "2",
		"x.s.substring(1)":                      `"bc"`,
		"x.s.replace('b', '--')":                `"a--c"`,
		"x.s.replace('', '-', 2)":               `"-a-bc"`,
		"x.s.reverse()":                         `"cba"`,
		"x.s.split('b')":                        `["a","c"]`,
		"'eq.5'.split('eq.')[1]":                `"5"`,
		"['a', 'b'].join(',')":                  `"a,b"`,
		"x.list.join('-')":                      `"3-1-2"`,
		"x.items.map(i, i.tag).join('-')":       "absent",
		"'%s is %d'.format([x.s, x.n])":         `"abc is 1"`,
		"x.s.matches('^a.c$')":                  "true",
		"x.s.matches(x.s)":                      "true",
		"' a '.trim()":                          `"a"`,
		"x.list.sort()":                         "[1,2,3]",
		"[2, 1.5, 10].sort()":                   "[1.5,2,10]",
		"x.items.sortBy(i, -i.id).map(i, i.id)": "[3,2,1]",
		"[1, 1.0, 2].distinct()":                "[1,2]",
		"[[1], [2, [3]]].flatten()":             "[1,2,[3]]",
		"[[1], [2, [3]]].flatten(2)":            "[1,2,3]",
		"x.list.slice(1, 3)":                    "[1,2]",
		"x.list.reverse()":                      "[2,1,3]",
		"lists.range(3)":                        "[0,1,2]",
		"x.list + [4]":                          "[3,1,2,4]",
		"timestamp(x.when) < timestamp('2026-01-02T03:04:06Z')":                   "true",
		"timestamp(x.when) - timestamp('2026-01-02T03:04:00Z') == duration('5s')": "true",
		"timestamp(x.when) + duration('1h')":                                      `"2026-01-02T04:04:05Z"`,
		"[timestamp(x.when)]":                                                     `["2026-01-02T03:04:05Z"]`,
		"duration('90s')":                                                         `"90s"`,
		"timestamp(x.when).getFullYear()":                                         "2026",
		"b'abc'":                                                                  `"YWJj"`,
		"int(timestamp('1970-01-01T00:01:00Z'))":                                  "60",

		// comprehensions
		"x.items.exists(i, i.tag == 'c')":             "true",
		"x.items.exists(i, i.typo == 'c')":            "false",
		"x.items.all(i, i.id > 0)":                    "true",
		"x.items.all(i, i.tag != 'z')":                "false",
		"x.items.exists_one(i, i.id == 2)":            "true",
		"x.items.filter(i, i.tag == 'a')":             `[{"id":1,"tag":"a"}]`,
		"x.items.filter(i, 'tag' in i).map(i, i.id)":  "[1,3]",
		"x.items.map(i, i.id > 1, i.id * 10)":         "[20,30]",
		"x.m.exists(k, k == 'k')":                     "true",
		"x.typo.exists(i, true)":                      "absent",
		"x.typo.all(i, true)":                         "absent",
		"x.typo.map(i, i)":                            "absent",
		"x.none.exists(i, true)":                      "absent",
		"u.exists(i, true)":                           "unknown (GET /u answered 503)",
		"[1, 2].exists(i, u == i)":                    "unknown (GET /u answered 503)",
		"[1, 2].exists(i, u == i || i == 2)":          "true",
		"[1, 2].all(i, u == i && i == 1)":             "false",
		"[1, 2].filter(i, u == i)":                    "unknown (GET /u answered 503)",
		"[[1, 2], [3]].map(l, l.map(i, i + size(l)))": "[[3,4],[4]]",
		"[1,2].map(i, [3,4].map(i, i))":               "[[3,4],[3,4]]",
		"[].all(i, false)":                            "true",

		// mistakes at run time
		"x.s + x.n":        "error cannot calculate text + a number",
		"x.s < x.n":        "error cannot order text and a number",
		"x.s && true":      "error the answer is text, not true or false",
		"!x.none":          "error ! wants true or false, not null",
		"'a' in x.s":       "error cannot look for something in text; `in` wants a list or a map",
		"x.n.map(i, i)":    "error cannot go through a number; it is no list",
		"x.huge + 1":       "error 1e1000000000 is too large or too fine to calculate with",
		"{x.n: 1}":         "error the key of a map is a number, not text",
		"size(x.n)":        "error there is no size of a number",
		"int('twelve')":    `error "twelve" is no number`,
		"5.5 % 2.0 == 1.5": "error % wants whole numbers",
	} {
		t.Run(source, func(t *testing.T) {
			got, err := eval(t, source)
			text := Format(got)
			if err != nil {
				text = "error " + strings.TrimPrefix(err.Error(), fmt.Sprintf("evaluate %s: ", source))
			}
			if text != want {
				t.Errorf("got %s, want %s", text, want)
			}
		})
	}
}

func TestCompileMistakes(t *testing.T) {
	for _, c := range []struct {
		source, message string
		offset          int
		want            Want
	}{
		{"", "empty expression", 0, Any},
		{"  ", "empty expression", 0, Any},
		{"xy.n", `unknown name "xy" (did you mean x?)`, 0, Any},
		{"'é' + respnse", `unknown name "respnse"`, 7, Any},
		{"x.n + sise(x.s)", `unknown function "sise" (did you mean size?)`, 10, Any},
		{"x.items.exists(1)", `unknown function "exists" (its arguments`, 14, Any},
		{"x.items.exists(i, y)", `unknown name "y"`, 18, Any},
		{"x.s", "", 0, Bool},
		{"'text'", "never true or false", 0, Bool},
		{"x.n + 1", "never true or false", 4, Bool},
		{"x.items.map(i, i)", "never true or false", 11, Bool},
		{"x.yes ? 1 : 2", "never true or false", 6, Bool},
		{"x.yes ? true : 2", "", 0, Bool},
		{"x.s.upperAscii()", "never true or false", 0, Bool},
		{"x.yes && 'a'", "never true or false", 9, Any},
		{"x.metadata.continue == ''", "", 0, Any},
		{"continue == ''", "the word continue is reserved (as a field it is written x['continue'])", 0, Any},
		{"x.s.matches('(')", "bad pattern", 11, Any},
		{"size()", "no such use of 'size'", 4, Any},
		{"size(1, 2)", "no such use of 'size'", 4, Any},
		{"absent()", "absent wants more arguments", 6, Any},
		{"true - 'a'", "no such use of '_-_'", 5, Any},
		{"{1: 2}", "the keys of a map are text", 1, Any},
		{"Foo{a: 1}", "named type", 3, Any},
		{"x.n ==", "", -1, Any},
		{"x.?n", "", -1, Any},
	} {
		t.Run(c.source, func(t *testing.T) {
			_, err := Compile(c.source, []string{"x"}, c.want)
			if c.message == "" && c.offset == 0 {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			var mistake *Error
			if !errors.As(err, &mistake) {
				t.Fatalf("got %v, want a mistake", err)
			}
			if !strings.Contains(mistake.Error(), c.message) || c.offset >= 0 && mistake.Offset != c.offset {
				t.Errorf("got %q at %d, want %q at %d", mistake.Error(), mistake.Offset, c.message, c.offset)
			}
		})
	}
}

func TestRefs(t *testing.T) {
	for source, want := range map[string]string{
		"after.product.review_count == before.product.review_count + 1": "[[after product review_count] [before product review_count]]",
		"after.list[0].name":                     "[[after list]]",
		"after['a-b'].c":                         "[[after a-b c]]",
		"after.items.exists(m, m.x == before.y)": "[[after items] [before y]]",
		"has(after.a.b) && absent(before)":       "[[after a b] [before]]",
		"after.map(before, before.x)":            "[[after]]",
		"after.a.b.split('x')[1]":                "[[after a b]]",
		"after[before.key].z":                    "[[after] [before key]]",
		"1 + 2":                                  "[]",
		"after.a == after.a":                     "[[after a]]",
	} {
		p, err := Compile(source, []string{"after", "before"}, Any)
		if err != nil {
			t.Fatalf("compile %s: %v", source, err)
		}
		if got := fmt.Sprint(p.Refs()); got != want {
			t.Errorf("%s: got %s, want %s", source, got, want)
		}
	}
}

func TestTruth(t *testing.T) {
	vars, names := world(t)
	for source, want := range map[string]Truth{
		"x.yes": True, "x.typo": False, "u": UnknownTruth, "x.n == 2": False, "!x.typo": False,
	} {
		p, err := Compile(source, names, Bool)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Truth(vars); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", source, got, err, want)
		}
	}
	p, _ := Compile("x.s", names, Bool)
	if _, err := p.Truth(vars); err == nil {
		t.Error("a text counted as an answer")
	}
}

func TestLazyVariableIsAskedAtMostOnce(t *testing.T) {
	asked := 0
	vars := Vars{"a": func() any { asked++; return true }, "b": func() any { t.Error("b was asked"); return nil }}
	p, err := Compile("a && a && (a || b)", []string{"a", "b"}, Bool)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, err := p.Truth(vars); err != nil || got != True {
			t.Errorf("got %v, %v", got, err)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times in two evaluations", asked)
	}
}

func TestRunawayExpressionsStop(t *testing.T) {
	long := make([]any, 3000)
	for i := range long {
		long[i] = json.Number("1")
	}
	vars := Vars{"l": long, "s": strings.Repeat("a", 1<<20)}
	for _, source := range []string{
		"l.map(a, l.map(b, l.map(c, c)))",
		"l.all(a, l.all(b, a == b))",
		"lists.range(2000000000)",
		"s.replace('', s)",
		"l.map(i, s).join()",
		"l.map(i, s + s + s)",
		"[1]" + strings.Repeat(".map(a, [l, a, a])", 60),
		"[s]" + strings.Repeat(".map(a, a + a)", 30),
		"'%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s'.format(lists.range(17).map(i, s))",
		"'%s'.format([l.map(i, {'k': s})])",
		"l.map(a, l).flatten().map(a, l).flatten()",
		"l.all(i, s.matches('b') || true)",
		"l.filter(a, l == l) == l",
		"'%.999999999f'.format([1.5])",
	} {
		p, err := Compile(source, []string{"l", "s"}, Any)
		if err != nil {
			t.Fatalf("compile %s: %v", source, err)
		}
		if got, err := p.Eval(vars); err == nil {
			t.Errorf("%.60s was not stopped: %s", source, Format(got))
		}
	}
}

func TestProgramIsSafeForConcurrentUse(t *testing.T) {
	vars, names := world(t)
	p, err := Compile("x.items.filter(i, i.id > 1).map(i, string(i.id) + x.s).join('-')", names, Any)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if got, err := p.Eval(vars); err != nil || got != "2abc-3abc" {
					t.Errorf("got %v, %v", got, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := Compile("after.product.review_count == before.product.review_count + 1", []string{"before", "after"}, Bool); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTruth(b *testing.B) {
	p, err := Compile("after.product.review_count == before.product.review_count + 1", []string{"before", "after"}, Bool)
	if err != nil {
		b.Fatal(err)
	}
	vars := Vars{"before": decode(b, `{"product": {"review_count": 4}}`), "after": decode(b, `{"product": {"review_count": 5}}`)}
	b.ReportAllocs()
	for b.Loop() {
		if got, err := p.Truth(vars); err != nil || got != True {
			b.Fatal(got, err)
		}
	}
}
