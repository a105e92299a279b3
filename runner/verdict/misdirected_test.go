package verdict

import (
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
)

// straying is a world in which the title of a review is written, and a neighbour of ours
// shows what it shows.
func straying(read, neighbour map[string]any) *world {
	before := obj("id", 8842, "title", "Made m2")
	return updating(200, always(thing(read, "m0"))).do(func(r *Record) {
		r.Act.Call, r.Act.Marked = "PATCH /reviews/8841", obj("title", "New m1")
		r.Effects[0].Want = obj("title", "New m1")
		r.Effects = append(r.Effects, Effect{Verb: contracts.Keeps, Sentence: "keeps: neighbour", Thing: "neighbour", Key: "8842", Marker: "m2", Where: where(1)})
		r.Things = append(r.Things, Thing{Name: "neighbour", Resource: "review", Key: "8842", Marker: "m2", Account: "shop-oslo", MadeAt: 20 * ms})
		r.Places = append(r.Places, Place{Probe: "read", Look: ByKey, Eyes: "shop-oslo", Thing: "neighbour", Call: "GET /reviews/8842", Before: []Reading{thing(before, "m2"), thing(before, "m2")}})
	}).beside(neighbour)
}

func (w *world) beside(neighbour map[string]any) *world {
	marker := "m2"
	if neighbour["title"] == "New m1" {
		marker = "m1"
	}
	w.views[1] = always(thing(with(neighbour, "id", 8842), marker))
	return w
}

func TestJudgeMisdirected(t *testing.T) {
	written, unwritten := with(draft, "title", "New m1"), draft
	as, hit, bruised := obj("title", "Made m2"), obj("title", "New m1"), obj("title", "Made m2!")
	unmarked := func(r *Record) { r.Act.Marked = nil }
	tryAll(t, []ruling{
		{name: "where it belongs", w: straying(written, as), class: Kept},
		{name: "nowhere", w: straying(unwritten, as), class: Lied, kind: LostWrite},
		{name: "on the neighbour", w: straying(unwritten, hit), class: Lied, kind: MisdirectedWrite, says: "New m1"},
		{name: "nowhere, and the neighbour has another value", w: straying(unwritten, bruised).second(), class: Lied, kind: LostWrite},
		{name: "nowhere that tells, for what was written carries no marker", w: straying(unwritten, hit).second().do(unmarked), class: Lied, kind: LostWrite},
		{name: "on both", w: straying(written, hit).second(), class: Lied, kind: SideEffect},
		{name: "nowhere, says the body", w: straying(unwritten, hit).second().do(func(r *Record) { r.Act.Body = obj("ok", false) }), class: Lied, kind: InBandError},
	})
}

// TestWhatStrayedIsChargedOnce leaves out of the findings that the neighbour was changed:
// it is where the write went.
func TestWhatStrayedIsChargedOnce(t *testing.T) {
	v := straying(draft, obj("title", "New m1")).second().judge(t)
	if len(v.Findings) != 1 {
		t.Errorf("%d findings:\n%s", len(v.Findings), show(v))
	}
}
