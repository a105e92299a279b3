package journal

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestThings(t *testing.T) {
	chosen := intent("n")
	chosen.KeyInRequest = "my-name"
	a, b := intent("a"), intent("b")
	for _, row := range []struct {
		name    string
		records []Record
		want    []string
	}{
		{"nothing", nil, []string{}},
		{"sent, for all we know", []Record{a}, []string{"a/:intended"}},
		{"the client chose the identity", []Record{chosen}, []string{"n/my-name:intended"}},
		{"no reply came", []Record{a, Replied{ID: "a", Failure: "reset"}}, []string{"a/:answered"}},
		{"a refusal proves nothing", []Record{a, Replied{ID: "a", Status: 422}}, []string{"a/:answered"}},
		{"the reply named it", []Record{a, Replied{ID: "a", Status: 201, Key: "1"}}, []string{"a/1:answered"}},
		{"seen", []Record{a, Replied{ID: "a", Status: 201, Key: "1"}, Made{"a", "1"}}, []string{"a/1:seen"}},
		{"seen before the reply", []Record{a, Made{"a", "1"}, Replied{ID: "a", Status: 201, Key: "1"}}, []string{"a/1:seen"}},
		{"stored under another key than the reply's", []Record{a, Replied{ID: "a", Key: "1"}, Made{"a", "2"}}, []string{"a/2:seen", "a/1:answered"}},
		{"stored twice, one removed", []Record{a, Made{"a", "1"}, Made{"a", "2"}, Deleting{"a", "1"}, Removed{"a", "1", ReadBackGone}}, []string{"a/2:seen"}},
		{"last made first", []Record{a, b, Made{"a", "1"}}, []string{"b/:intended", "a/1:seen"}},
		{"being deleted", []Record{a, Made{"a", "1"}, Deleting{"a", "1"}}, []string{"a/1:removing"}},
		{"removed", []Record{a, Made{"a", "1"}, Deleting{"a", "1"}, Removed{"a", "1", ReadBackGone}}, []string{}},
		{"never made", []Record{a, Removed{"a", "", NeverMade}}, []string{}},
		{"named, and never made", []Record{a, Replied{ID: "a", Key: "1"}, Removed{"a", "1", NeverMade}}, []string{}},
		{"handed on", []Record{a, Made{"a", "1"}, Removed{"a", "1", NotOursAnyMore}}, []string{}},
		{"changed", []Record{a, Replied{ID: "a", Status: 201, Key: "1"}, Changing{"a", map[string]string{"title": "x"}}}, []string{"a/1:answered"}},
		{"its deletion never went out", []Record{a, Made{"a", "1"}, Deleting{"a", "1"}, Left{ID: "a", Key: "1", Why: "stopped", Unsent: true}}, []string{"a/1:answered"}},
		{"forgotten", []Record{a, Made{"a", "1"}, Left{ID: "a", Key: "1", Why: "403"}, Removed{"a", "1", Forgotten}}, []string{}},
		{"came back", []Record{a, Made{"a", "1"}, Removed{"a", "1", ReadBackGone}, Made{"a", "1"}}, []string{"a/1:seen"}},
		{"turned up after all", []Record{a, Removed{"a", "", NeverMade}, Made{"a", "1"}}, []string{"a/1:seen"}},
		{"left", []Record{a, Made{"a", "1"}, Deleting{"a", "1"}, Left{ID: "a", Key: "1", Why: "403"}}, []string{"a/1:removing"}},
		{"left, and removed by a sweep", []Record{a, Made{"a", "1"}, Left{ID: "a", Key: "1", Why: "403"}, Done{}, Deleting{"a", "1"}, Removed{"a", "1", ReadBackGone}}, []string{}},
		{"left before its identity was known", []Record{a, Left{ID: "a", Key: "", Why: "no list"}, Done{}, Made{"a", "1"}}, []string{"a/1:seen"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			state := Fold(row.records)
			if len(state.Odd) > 0 {
				t.Fatalf("odd: %v", state.Odd)
			}
			if diff := cmp.Diff(row.want, names(state.Things())); diff != "" {
				t.Error(diff)
			}
			if state.settled() != (len(row.want) == 0) {
				t.Errorf("settled is %v with %v there", state.settled(), row.want)
			}
		})
	}
}

func TestThingTellsAllThatIsKnown(t *testing.T) {
	reply := Replied{ID: "a", Status: 201, Key: "1"}
	first, second := Changing{"a", map[string]string{"title": "x", "text": "y"}}, Changing{"a", map[string]string{"title": "z"}}
	got := Fold([]Record{intent("a"), reply, first, second, Left{ID: "a", Key: "1", Why: "403"}, Left{ID: "a", Key: "1", Why: "still 403"}}).Things()
	want := []Thing{{Intent: intent("a"), Key: "1", Stage: Answered, Reply: &reply, Changed: map[string]string{"title": "z", "text": "y"}, Replaced: map[string]string{"text": "y", "title": "x"}, Why: "still 403"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestImpossibleRecords(t *testing.T) {
	a := intent("a")
	seen := []Record{a, Replied{ID: "a", Status: 201, Key: "1"}, Made{"a", "1"}}
	goneToo := append(append([]Record{}, seen...), Deleting{"a", "1"}, Removed{"a", "1", ReadBackGone})
	noPhase, nobody, odd := a, a, a
	second := header()
	second.Version = version
	noPhase.Phase, nobody.Account, odd.KeyInRequest = "", "", "\xff"
	for _, row := range []struct {
		name   string
		before []Record
		record Record
		want   string
	}{
		{"a second header", nil, second, "a journal has one header"},
		{"an intent twice", seen, a, `there is an intent "a" already`},
		{"an intent after the end", []Record{Done{}}, a, "the run has ended"},
		{"an intent without phase", nil, noPhase, `"" is no phase`},
		{"an intent of no account", nil, nobody, "it names no account"},
		{"a key that JSON would alter", nil, odd, `"\xff" is not UTF-8`},
		{"a reply to nothing", nil, Replied{ID: "a"}, `there is no intent "a"`},
		{"a reply to nobody", nil, Replied{}, "it names no intent"},
		{"a second reply", seen, Replied{ID: "a"}, `intent "a" was replied to already`},
		{"a reply during clean-up", []Record{a, Made{"a", "1"}, Deleting{"a", "1"}}, Replied{ID: "a"}, `intent "a" is being removed, or is gone`},
		{"a reply after it was found never made", []Record{a, Removed{"a", "", NeverMade}}, Replied{ID: "a"}, `intent "a" is being removed, or is gone`},
		{"a reply after the end", []Record{a, Done{}}, Replied{ID: "a"}, "the run has ended"},
		{"seen, of no intent", nil, Made{"a", "1"}, `there is no intent "a"`},
		{"seen, without a key", []Record{a}, Made{ID: "a"}, "it names no key"},
		{"deleting what nobody named", []Record{a}, Deleting{"a", "1"}, `intent "a" knows no key "1"`},
		{"deleting another's", seen, Deleting{"a", "2"}, `intent "a" knows no key "2"`},
		{"deleting what is gone", goneToo, Deleting{"a", "1"}, `key "1" of intent "a" is gone already`},
		{"deleting what never was", []Record{a, Removed{"a", "", NeverMade}}, Deleting{ID: "a"}, `intent "a" is over`},
		{"removed twice", goneToo, Removed{"a", "1", ReadBackGone}, `key "1" of intent "a" is gone already`},
		{"removed, never known", []Record{a}, Removed{"a", "1", ReadBackGone}, `intent "a" knows no key "1"`},
		{"never made, but seen", seen, Removed{"a", "1", NeverMade}, `key "1" of intent "a" was seen`},
		{"over, with a key open", seen, Removed{"a", "", ReadBackGone}, `key "1" of intent "a" is still open`},
		{"never made, with a key gone", goneToo, Removed{"a", "", NeverMade}, `key "1" of intent "a" was known`},
		{"nobody's, without a key", []Record{a}, Removed{"a", "", NotOursAnyMore}, "what is not ours any more has a key"},
		{"removed in no way", seen, Removed{ID: "a", Key: "1"}, `"" is no way to be gone`},
		{"left without a reason", seen, Left{ID: "a", Key: "1"}, "it does not say why"},
		{"left, though gone", goneToo, Left{ID: "a", Key: "1", Why: "x"}, `key "1" of intent "a" is gone already`},
		{"left, of no intent", nil, Left{ID: "a", Why: "x"}, `there is no intent "a"`},
		{"done twice", []Record{Done{}}, Done{}, "the run has ended already"},
	} {
		t.Run(row.name, func(t *testing.T) {
			j := start(t)
			appendAll(t, j, row.before...)
			err := j.Append(row.record)
			if !errors.Is(err, ErrImpossible) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %q", err, row.want)
			}
			if err := j.Err(); err != nil {
				t.Errorf("a caller's mistake broke the journal: %v", err)
			}
			if got := readBack(t, j.Path()).Records; len(got) != len(row.before) {
				t.Errorf("%d records on disk, want %d", len(got), len(row.before))
			}
		})
	}
}

// A journal with holes is folded all the same: what is known to be there stays
// there, and what nobody can tell the owner of is bare.
func TestFoldWithHoles(t *testing.T) {
	state := Fold([]Record{Made{"a", "1"}, Deleting{"a", "1"}, intent("b"), Deleting{"b", "9"}})
	if diff := cmp.Diff([]string{"b/9:removing", "a/1:removing"}, names(state.Things())); diff != "" {
		t.Error(diff)
	}
	if things := state.Things(); things[0].Bare || !things[1].Bare {
		t.Errorf("bare: %v, %v", things[0].Bare, things[1].Bare)
	}
	want := []string{`made: there is no intent "a"`, `deleting: there is no intent "a"`, `deleting: intent "b" knows no key "9"`}
	if diff := cmp.Diff(want, state.Odd); diff != "" {
		t.Error(diff)
	}
	if Fold([]Record{Removed{"a", "1", ReadBackGone}}).settled() {
		t.Error("a journal with a hole passes for settled")
	}
}

// Whatever records are lost, what the rest says is there and not gone is given.
func TestFoldOfAnySelectionIsTotal(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var kept []Record
		for _, record := range story() {
			if random.IntN(3) > 0 {
				kept = append(kept, record)
			}
		}
		random.Shuffle(random.IntN(len(kept)+1), func(i, j int) { kept[i], kept[j] = kept[j], kept[i] })
		there := map[string]bool{}
		for _, thing := range Fold(kept).Things() {
			there[thing.ID] = true
		}
		removed, spoken := map[string]bool{}, map[string]bool{}
		for _, record := range kept {
			switch r := record.(type) {
			case Intent:
				spoken[r.ID] = true
			case Removed:
				removed[r.ID] = true
			}
		}
		for id := range spoken {
			if !there[id] && !removed[id] {
				t.Fatalf("%s is forgotten by %v", id, kept)
			}
		}
	}
}
