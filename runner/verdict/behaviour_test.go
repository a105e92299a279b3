package verdict

import "testing"

// TestExistenceMasking notes that a 404 hides from one account what another sees: with the
// eyes of whoever was told 404, it would be no masking.
func TestExistenceMasking(t *testing.T) {
	there := always(thing(draft, "m0"))
	told := func(eyes ...string) *world {
		w := updating(404, there).wants(Status{Codes: []int{404}})
		for i, who := range eyes {
			if i > 0 {
				w.r.Places = append(w.r.Places, w.r.Places[0])
				w.r.Effects[0].Where = append(w.r.Effects[0].Where, where(i)...)
				w.views[i] = there
			}
			w.r.Places[i].Eyes = who
		}
		return w
	}
	for _, row := range []struct {
		name string
		eyes []string
		want int
	}{
		{"the owner sees it", []string{"owner"}, 1},
		{"who was told sees it", []string{"shop-oslo"}, 0},
		{"who was told sees it, and the owner", []string{"shop-oslo", "owner"}, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := told(row.eyes...).judge(t)
			if v.Class != Kept || len(v.Behaviour) != row.want {
				t.Errorf("want %d remarks on behaviour:\n%s", row.want, show(v))
			}
		})
	}
}
