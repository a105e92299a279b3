package verdict

import "testing"

func TestKindsAreSortedByClassAndRank(t *testing.T) {
	order := map[Class]int{Lied: 0, Broken: 1, Inconclusive: 2, Kept: 3}
	seen := map[Kind]bool{}
	rows := Kinds()
	for i, r := range rows {
		if seen[r.Kind] || r.Meaning == "" {
			t.Errorf("%s stands twice, or says nothing", r.Kind)
		}
		seen[r.Kind] = true
		if _, known := order[r.Class]; !known {
			t.Errorf("%s has class %q", r.Kind, r.Class)
		}
		if r.Class == Lied && r.CWE == 0 {
			t.Errorf("%s is a lie without a CWE", r.Kind)
		}
		if i > 0 && (rows[i-1].Rank > r.Rank || order[rows[i-1].Class] > order[r.Class]) {
			t.Errorf("%s stands below %s", r.Kind, rows[i-1].Kind)
		}
	}
}

func TestAKindOfALaterVersionIsInconclusive(t *testing.T) {
	if r := row("from-the-future"); r.Class != Inconclusive || r.Rank <= Kinds()[len(Kinds())-1].Rank {
		t.Errorf("%+v", r)
	}
}
