package engine

import (
	"net/http"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/wire"
)

func TestLinkNext(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, want string
		headers    []string
	}{
		{name: "none"},
		{name: "the only one", headers: []string{`</a?p=2>; rel="next"`}, want: "/a?p=2"},
		{name: "among others", headers: []string{`</a?p=1>; rel=prev, </a?p=3>; rel=next`}, want: "/a?p=3"},
		{name: "in a header of its own", headers: []string{`</a?p=1>; rel="prev"`, `</a?p=3>; rel="next"`}, want: "/a?p=3"},
		{name: "several relations", headers: []string{`</a?p=9>; rel="last next"`}, want: "/a?p=9"},
		{name: "commas in the address", headers: []string{`</a?f=x,y&p=2>; rel="next"`}, want: "/a?f=x,y&p=2"},
		{name: "commas and semicolons in a title", headers: []string{`</a?p=2>; title="a, b; c"; rel="next"`}, want: "/a?p=2"},
		{name: "a relation in a title", headers: []string{`</a?p=2>; title="rel=next"; rel="prev"`}},
		{name: "letters of any case", headers: []string{`</a?p=2>; REL=Next`}, want: "/a?p=2"},
		{name: "not a link", headers: []string{`/a?p=2; rel="next"`}},
		{name: "breaks off", headers: []string{`</a?p=2; rel="next"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := linkNext(&wire.Reply{Header: http.Header{"Link": test.headers}}); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
