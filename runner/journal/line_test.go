package journal

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryRecordComesBackAsItWas(t *testing.T) {
	tried := map[string]bool{}
	for _, record := range append(story(), parse(text(t)).Header) {
		tried[record.kind()] = true
		written := lineOf(t, "7f3a", 12, record)
		if bytes.Count(written, []byte("\n")) != 1 {
			t.Errorf("%s: more than one line: %q", record.kind(), written)
		}
		got, err := unframe(written[:len(written)-1])
		if err != nil {
			t.Fatalf("%s: %v", record.kind(), err)
		}
		if diff := cmp.Diff(line{"7f3a", 12, record}, got, cmp.AllowUnexported(line{})); diff != "" {
			t.Errorf("%s: %s", record.kind(), diff)
		}
	}
	if len(tried) != len(kinds) {
		t.Errorf("%d kinds tried, there are %d", len(tried), len(kinds))
	}
}

func TestLineIsReadableByPeople(t *testing.T) {
	got := string(lineOf(t, "7f3a", 2, intent("a")))
	for _, want := range []string{"7f3a 2 ", `{"intent":{"id":"a","cell":"7f3a/12"`, "POST /reviews?a=1&b=<2>"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

func TestLinesThatNobodyWrote(t *testing.T) {
	sealed := func(head, body string) string { return head + " " + checksum(head, []byte(body)) + " " + body }
	good := strings.TrimSuffix(string(lineOf(t, "7f3a", 2, Made{ID: "a", Key: "1"})), "\n")
	if _, err := unframe([]byte(good)); err != nil {
		t.Fatal(err)
	}
	capital := strings.Fields(good)
	capital[2] = strings.ToUpper(capital[2])
	for name, row := range map[string]struct{ line, want string }{
		"empty":             {"", "not a line of a journal"},
		"zeros":             {strings.Repeat("\x00", 64), "not a line of a journal"},
		"no body":           {"7f3a 2 00000000", "not a line of a journal"},
		"number 0":          {sealed("7f3a 0", `{"done":{}}`), "not a line of a journal"},
		"number with sign":  {sealed("7f3a +2", `{"done":{}}`), "not a line of a journal"},
		"number with zero":  {sealed("7f3a 02", `{"done":{}}`), "not a line of a journal"},
		"number too large":  {sealed("7f3a 99999999999999999999", `{"done":{}}`), "not a line of a journal"},
		"run is a path":     {sealed("../x 2", `{"done":{}}`), "not a line of a journal"},
		"capital digits":    {strings.Join(capital, " "), "its checksum is wrong"},
		"another number":    {strings.Replace(good, "7f3a 2", "7f3a 3", 1), "its checksum is wrong"},
		"another run":       {strings.Replace(good, "7f3a", "7f3b", 1), "its checksum is wrong"},
		"carriage return":   {good + "\r", "its checksum is wrong"},
		"not JSON":          {sealed("7f3a 2", `{"made":`), "read record: unexpected end of JSON input"},
		"nothing":           {sealed("7f3a 2", `{}`), "it holds more than one record, or none"},
		"null":              {sealed("7f3a 2", `null`), "it holds more than one record, or none"},
		"two":               {sealed("7f3a 2", `{"done":{},"made":{"id":"a","key":"1"}}`), "it holds more than one record, or none"},
		"unknown record":    {sealed("7f3a 2", `{"moved":{}}`), `this version knows no record named "moved"`},
		"unknown field":     {sealed("7f3a 2", `{"made":{"id":"a","key":"1","at":"x"}}`), `read made: json: unknown field "at"`},
		"header of no form": {sealed("7f3a 1", `{"header":{}}`), "read header: it does not say in which form the file is"},
		"without id":        {sealed("7f3a 2", `{"made":{"key":"1"}}`), "read made: it names no intent"},
		"unknown phase":     {sealed("7f3a 2", `{"intent":{"id":"a","account":"x","phase":"later"}}`), `read intent: "later" is no phase`},
		"unknown way to go": {sealed("7f3a 2", `{"removed":{"id":"a","how":"?"}}`), `read removed: "?" is no way to be gone`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := unframe([]byte(row.line))
			if err == nil || err.Error() != row.want {
				t.Errorf("got %v, %v; want %q", got, err, row.want)
			}
		})
	}
}
