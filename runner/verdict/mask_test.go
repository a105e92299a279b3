package verdict

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

func TestMaskEqual(t *testing.T) {
	n := func(s string) any { return json.Number(s) }
	rows := []struct {
		name      string
		mask      Mask
		want, got any
		equal     bool
	}{
		{"numbers are exact", Mask{}, n("9007199254740993"), n("9007199254740992"), false},
		{"the same number written otherwise", Mask{}, n("1"), n("1.0"), true},
		{"a number is no text", Mask{}, n("1"), "1", false},
		{"decimal: text and number", Mask{Mask: contracts.Decimal}, n("10"), "10.00", true},
		{"decimal: another number", Mask{Mask: contracts.Decimal}, n("10"), "10.01", false},
		{"decimal: no number", Mask{Mask: contracts.Decimal}, n("10"), "ten", false},
		{"text: trimmed", Mask{Mask: contracts.Text}, " a b ", "a b", true},
		{"text: one way of composing", Mask{Mask: contracts.Text}, "e\u0301", "\u00e9", true},
		{"text: inner blanks count", Mask{Mask: contracts.Text}, "a  b", "a b", false},
		{"case", Mask{Mask: contracts.AnyCase}, "ABC", "abc", true},
		{"html: wrapped and encoded", Mask{Mask: contracts.HTML}, "a & b", "<p>a &amp; b</p>\n", true},
		{"html: a comparison is no tag", Mask{Mask: contracts.HTML}, "1 < 2", "1 &lt; 2", true},
		{"html: other words", Mask{Mask: contracts.HTML}, "a", "<p>b</p>", false},
		{"url: host, port, empty path", Mask{Mask: contracts.URL}, "HTTPS://Example.com:443", "https://example.com/", true},
		{"url: escapes", Mask{Mask: contracts.URL}, "https://e.com/%7Ea?x=%20", "https://e.com/~a?x=+", true},
		{"url: another path", Mask{Mask: contracts.URL}, "https://e.com/a", "https://e.com/b", false},
		{"time: zones", Mask{Mask: contracts.Time}, "2024-05-01T10:00:00Z", "2024-05-01T12:00:00+02:00", true},
		{"time: cut to milliseconds", Mask{Mask: contracts.Time}, "2024-05-01T10:00:00.123456Z", "2024-05-01T10:00:00.123Z", true},
		{"time: a second off", Mask{Mask: contracts.Time}, "2024-05-01T10:00:00Z", "2024-05-01T10:00:01Z", false},
		{"time: within its tolerance", Mask{Mask: contracts.Time, Within: 2 * time.Second}, "2024-05-01T10:00:00Z", "2024-05-01T10:00:02Z", true},
		{"time: seconds since 1970", Mask{Mask: contracts.Time}, n("1714557600"), "2024-05-01T10:00:00Z", true},
		{"time: nothing that could be one", Mask{Mask: contracts.Time}, true, []any{}, false},
		{"time: no time", Mask{Mask: contracts.Time}, "soon", "later", false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := row.mask.equal(row.want, row.got); got != row.equal {
				t.Errorf("%v and %v: %v", row.want, row.got, got)
			}
		})
	}
}

func value(t *testing.T, text string) any {
	t.Helper()
	r, err := Decode([]byte(`{"act":{"body":` + text + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	return r.Act.Body
}

func TestSame(t *testing.T) {
	path := func(names ...string) []string { return names }
	rows := []struct {
		name      string
		masks     masks
		want, got string
		same      bool
	}{
		{"objects as subsets", nil, `{"a":1}`, `{"a":1,"b":2}`, true},
		{"a missing field", nil, `{"a":1,"c":1}`, `{"a":1,"b":2}`, false},
		{"null is absent", nil, `{"a":null}`, `{}`, true},
		{"null is not empty text", nil, `{"a":null}`, `{"a":""}`, false},
		{"lists in order", nil, `{"a":[1,2]}`, `{"a":[2,1]}`, false},
		{"lists of objects as subsets", nil, `{"a":[{"x":1}]}`, `{"a":[{"x":1,"id":7}]}`, true},
		{"a longer list", nil, `{"a":[1]}`, `{"a":[1,2]}`, false},
		{"a set in another order", masks{{Path: path("a"), Mask: contracts.Set}}, `{"a":[1,2,1]}`, `{"a":[2,1]}`, true},
		{"a set with one more", masks{{Path: path("a"), Mask: contracts.Set}}, `{"a":[1]}`, `{"a":[1,2]}`, false},
		{"a set of objects", masks{{Path: path("a"), Mask: contracts.Set}}, `{"a":[{"x":1},{"x":2}]}`, `{"a":[{"x":2,"i":1},{"x":1,"i":2}]}`, true},
		{"a mask through lists", masks{{Path: path("a", "at"), Mask: contracts.Ignore}}, `{"a":[{"x":1,"at":1}]}`, `{"a":[{"x":1,"at":2}]}`, true},
		{"unread", masks{{Path: path("p"), Mask: contracts.Unread}}, `{"p":"x"}`, `{}`, true},
		{"read-only must exist", masks{{Path: path("p"), Mask: contracts.MustExist}}, `{"p":"x"}`, `{}`, false},
		{"read-only is not compared", masks{{Path: path("p"), Mask: contracts.MustExist}}, `{"p":"x"}`, `{"p":"y"}`, true},
		{"not shown by the schema", masks{{Path: path("p"), Unshown: true}}, `{"p":"x"}`, `{}`, true},
		{"an empty object", nil, `{"a":{}}`, `{"a":{"x":1}}`, true},
		{"an object where text was sent", nil, `{"a":"x"}`, `{"a":{"x":1}}`, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			want, got := value(t, row.want), value(t, row.got)
			same := true
			for _, l := range row.masks.leaves(want, got) {
				same = same && l.ok
			}
			if same != row.same {
				t.Errorf("by leaves: %v", same)
			}
			if whole := row.masks.same(nil, want, got, true); whole != row.same {
				t.Errorf("as a whole: %v", whole)
			}
		})
	}
}

func TestChanges(t *testing.T) {
	rows := []struct {
		name     string
		masks    masks
		old, new string
		skip     [][]string
		want     string
	}{
		{"nothing", nil, `{"a":1}`, `{"a":1.0}`, nil, ""},
		{"a new field", nil, `{"a":1}`, `{"a":1,"b":2}`, nil, "b"},
		{"a field gone", nil, `{"a":1,"b":2}`, `{"a":1}`, nil, "b"},
		{"null is absent", nil, `{"a":1,"b":null}`, `{"a":1}`, nil, ""},
		{"below", nil, `{"a":{"x":1,"y":1}}`, `{"a":{"x":1,"y":2}}`, nil, "a.y"},
		{"left out", nil, `{"a":{"x":1,"y":1}}`, `{"a":{"x":1,"y":2}}`, [][]string{{"a"}}, ""},
		{"all left out", nil, `{"a":1}`, `{"a":2}`, [][]string{{""}}, ""},
		{"a read-only counter", masks{{Path: []string{"n"}, Mask: contracts.MustExist}}, `{"n":1}`, `{"n":2}`, nil, ""},
		{"a read-only field gone", masks{{Path: []string{"n"}, Mask: contracts.MustExist}}, `{"n":1}`, `{}`, nil, "n"},
		{"a longer list", nil, `{"a":[{"x":1}]}`, `{"a":[{"x":1},{"x":2}]}`, nil, "a"},
		{"more in an element", nil, `{"a":[{"x":1}]}`, `{"a":[{"x":1,"y":2}]}`, nil, "a"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := ""
			for _, c := range row.masks.changes(value(t, row.old), value(t, row.new), row.skip) {
				got += fieldName(c.path)
			}
			if got != row.want {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
}
