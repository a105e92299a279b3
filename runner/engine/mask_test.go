package engine

import (
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

func TestAsSet(t *testing.T) {
	t.Parallel()
	all := []verdict.Mask{
		{Path: []string{"state"}, Mask: contracts.MustExist}, {Path: []string{"id"}, Mask: contracts.MustExist},
		{Path: []string{"tags"}, Mask: contracts.Set}, {Path: []string{"secret"}, Unshown: true},
	}
	value := func(name string) expr.Entry { return expr.Entry{Key: name, Value: expr.NewLiteral(nil, "x")} }
	for _, test := range []struct {
		name string
		set  *expr.Data
		want string
	}{
		{name: "nothing is set", want: "state id tags secret"},
		{name: "what is set is compared, readOnly or not", set: expr.NewMap(nil, value("state"), value("secret")), want: "id tags"},
		{name: "the author's masks stay", set: expr.NewMap(nil, value("tags")), want: "state id tags secret"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var left []string
			for _, mask := range asSet(all, test.set) {
				left = append(left, strings.Join(mask.Path, "."))
			}
			if got := strings.Join(left, " "); got != test.want {
				t.Errorf("masked %s, want %s", got, test.want)
			}
		})
	}
}

func TestMasksOfNoResource(t *testing.T) {
	t.Parallel()
	if got := masks(nil); got != nil {
		t.Errorf("got %v", got)
	}
}
