package verdict

import "testing"

func TestFellOut(t *testing.T) {
	rows := []struct {
		name, want, got string
		mask            Mask
		fell            bool
	}{
		{"null", `"x"`, `null`, Mask{}, true},
		{"empty text", `"x"`, `""`, Mask{}, true},
		{"an empty list", `[1]`, `[]`, Mask{}, true},
		{"an empty object", `"x"`, `{}`, Mask{}, true},
		{"zero", `4`, `0`, Mask{}, true},
		{"zero with places", `4`, `0.00`, Mask{}, true},
		{"false", `true`, `false`, Mask{}, true},
		{"the default of OpenAPI", `4`, `3`, Mask{HasDefault: true, Default: value(t, `3`)}, true},
		{"a list that lacks elements", `[1,2,3]`, `[1,3]`, Mask{}, true},
		{"a list that lacks elements and has another order", `[1,2,3]`, `[3,1]`, Mask{}, false},
		{"a list with another element", `[1,2]`, `[9]`, Mask{}, false},
		{"another number", `4`, `5`, Mask{}, false},
		{"a part of the text", `"abc"`, `"ab"`, Mask{}, false},
		{"true", `false`, `true`, Mask{}, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			l := leaf{want: value(t, row.want), got: value(t, row.got), has: true, mask: row.mask}
			if got := l.fellOut(); got != row.fell {
				t.Errorf("%v", got)
			}
		})
	}
	if !(leaf{want: "x"}).fellOut() {
		t.Error("an absent field did not fall out")
	}
}

func TestMarkedFieldsMayBeNestedOrHaveDots(t *testing.T) {
	for _, row := range []struct{ path, item string }{
		{"metadata.name", `{"metadata":{"name":"Solid m1"}}`},
		{"metadata.name", `{"metadata.name":"Solid m1"}`},
	} {
		v := value(t, row.item)
		w := creating(201, always(gone("404")), always(list(1, Item{Key: "8841", Marker: "m1", New: true, Value: v})))
		w.r.Act.Marked, w.r.Effects[0].Want = map[string]any{row.path: "Solid m1"}, v
		w.r.Effects[0].Where = where(1)
		ruling{w: w, class: Kept}.try(t)
	}
}
