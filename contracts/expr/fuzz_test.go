package expr

import (
	"errors"
	"testing"
)

func FuzzCompileAndEval(f *testing.F) {
	for _, seed := range []string{
		"x.n + 1", "x.items.filter(i, i.id > 1).map(i, i.tag)", "x.list.sortBy(i, -i)", "has(x.a.b) || absent(u)", "u && x.typo == 1",
		"'%s %d %.3f %x %e %b'.format([x.s, 1, x.f, x.n, 1.5, 7])", "x.s.matches('a*')", "{'a': [1, 1.5]}['a'][0]", "-x.f / 3.0",
		"timestamp(x.when).getHours('+02:00')", "x.list.slice(0, 9)", "lists.range(3).flatten(2)", "b'a' + b'\\xff'", "type(type(1))",
		"x.s.substring(2, 1)", "x.s.replace('', 'b', -1)", "int(1e400)", "string(duration('1h'))", "[x.typo].sort()", "x.m[x.s]",
		"uint(-1)", "18446744073709551615u % 7u", "bytes(x.s) == b'abc'", "strings.quote(x.s)", "1.0 / 3", "dyn(x) in [x]",
		"'a'.split('', 0)", "x.s.charAt(9)", "'%.9999f'.format([1.0])", "-(-9223372036854775808)", "duration('1h') * 2", "[dyn][0]", "'\xb4' + A0",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		vars, names := world(t)
		p, err := Compile(source, names, Any)
		if err != nil {
			var mistake *Error
			if !errors.As(err, &mistake) || mistake.Message == "" || mistake.Offset < 0 || mistake.Offset > len(source) {
				t.Fatalf("bad mistake for %q: %#v", source, err)
			}
			return
		}
		got, err := p.Eval(vars)
		if err == nil {
			if text := Format(got); len(text) > formatLimit {
				t.Errorf("%d bytes of format", len(text))
			}
		}
		_, _ = p.Truth(vars)
	})
}
