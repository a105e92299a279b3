package verdict

import (
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
)

// putting is a world in which a review is put under an ETag that the answer carries, and
// is then read with an ETag, too.
func putting(answered, read string, sent, shown map[string]any) *world {
	seen := thing(with(draft, "state", "published"), "m0")
	seen.Value, seen.ETag = with(shown, "id", 8841, "state", "published", "views", 3), read
	return updating(200, always(seen)).do(func(r *Record) {
		r.Act.Method, r.Act.Call, r.Act.ETag = "PUT", "PUT /reviews/8841", answered
		r.Act.Sent = with(sent, "state", "published")
		r.Effects[0].Also = [][]string{{"title"}}
	})
}

// TestJudgeETagOfPut holds a strong ETag to what RFC 9110 lets it say: what was sent is
// stored byte by byte.
func TestJudgeETagOfPut(t *testing.T) {
	spaced, trimmed := obj("title", " B "), obj("title", "B")
	tryAll(t, []ruling{
		{name: "stored as it was sent", w: putting(`"2"`, `"2"`, spaced, spaced), class: Kept},
		{name: "changed before it was stored", w: putting(`"2"`, `"2"`, spaced, trimmed), class: Lied, kind: WrongSuccess, says: "carries no ETag where"},
		{name: "changed, and a weak ETag", w: putting(`W/"2"`, `W/"2"`, spaced, trimmed), class: Kept},
		{name: "changed, and no ETag", w: putting("", "", spaced, trimmed), class: Kept},
		{name: "changed, and somebody has written since", w: putting(`"2"`, `"3"`, spaced, trimmed), class: Kept},
		{name: "a field that reads do not show", w: putting(`"2"`, `"2"`, spaced, nil), class: Kept},
		{name: "null, which a default stands for", w: putting(`"2"`, `"2"`, obj("title", nil), trimmed), class: Kept},
		{name: "changed, in a field that the suite ignores", w: putting(`"2"`, `"2"`, spaced, trimmed).do(func(r *Record) {
			r.Effects[0].Masks = []Mask{{Path: []string{"title"}, Mask: contracts.Ignore}}
		}), class: Kept},
		{name: "changed, in a field that has only to be there", w: putting(`"2"`, `"2"`, spaced, trimmed).do(func(r *Record) {
			r.Effects[0].Masks = []Mask{{Path: []string{"title"}, Mask: contracts.MustExist}}
		}), class: Kept},
		{name: "changed, for other eyes than those that put it", w: putting(`"2"`, `"2"`, spaced, trimmed).do(func(r *Record) { r.Places[0].Eyes = "owner" }), class: Kept},
		{name: "not a PUT", w: putting(`"2"`, `"2"`, spaced, trimmed).do(func(r *Record) { r.Act.Method = "POST" }), class: Kept},
	})
}

// locating is a world in which a review is created, and read at the Location of the 201,
// too.
func locating(read, lists, at view) *world {
	w := creating(201, read, lists)
	w.views[2] = at
	return w.do(func(r *Record) {
		r.Places = append(r.Places, Place{Probe: "location", Look: ByKey, Eyes: "shop-oslo", Thing: "review", Call: "GET /at/8841", Sight: r.Places[0].Sight})
		r.Effects = append(r.Effects, Effect{Verb: contracts.Shows, Address: true, Sentence: "its Location", Thing: "review", Key: "8841", Where: where(2)})
	})
}

// TestJudgeLocation asks where the Location of a 201 leads, and does so only where the
// thing was made: what was not has a worse name.
func TestJudgeLocation(t *testing.T) {
	there, listed, none, unlisted := always(savedReview), always(listedReview), always(gone("404")), always(otherReviews)
	tryAll(t, []ruling{
		{name: "it leads there", w: locating(there, listed, there), class: Kept},
		{name: "it leads there after a while", w: locating(there, listed, until(2*sec, gone("404"), savedReview)), class: Kept},
		{name: "it leads nowhere", w: locating(there, listed, none), class: Lied, kind: WrongSuccess, says: "leads nowhere"},
		{name: "it leads nowhere, in whatever order that is asked", w: locating(there, listed, none).do(func(r *Record) {
			r.Effects[0], r.Effects[1] = r.Effects[1], r.Effects[0]
		}), class: Lied, kind: WrongSuccess},
		{name: "nothing was made", w: locating(none, unlisted, none), class: Lied, kind: LostWrite},
		{name: "nobody can look there", w: locating(there, listed, always(cannot(503))), class: Kept},
	})
}
