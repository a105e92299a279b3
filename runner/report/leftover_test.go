package report

import (
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

func TestLeftoversSayWhatRemovesThem(t *testing.T) {
	for _, each := range []struct {
		name string
		left engine.Leftover
		want string
	}{
		{"by its key", engine.Leftover{Resource: "note", Account: "oslo", Key: "7", Why: "answered 500", Call: "DELETE /notes/{key}"}, "note 7 on oslo: answered 500; DELETE /notes/7 removes it"},
		{"without a key, nothing wider", engine.Leftover{Resource: "note", Account: "oslo", Marker: "pg1", Why: "cut", Call: "DELETE /notes/{key}"}, "note with marker pg1 on oslo: cut; DELETE /notes/{key} removes it; it can be found at the provider by the marker"},
		{"nothing is known to remove it", engine.Leftover{Resource: "note", Account: "oslo", Key: "7", Why: "cut"}, "note 7 on oslo: cut  ("},
	} {
		t.Run(each.name, func(t *testing.T) {
			r := kept(1, publishing, "oslo", 0)
			r.Left = []engine.Leftover{each.left}
			var out strings.Builder
			if err := Findings(&out, &engine.Finished{Results: []*engine.Result{r}}, Style{}); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), each.want) {
				t.Errorf("want %q in\n%s", each.want, out.String())
			}
		})
	}
}
