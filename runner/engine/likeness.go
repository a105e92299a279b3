package engine

import (
	"strings"
	"unicode"
)

// isUnlike tells whether an item shows fields in which the thing's marker was sent,
// and none of them has anything of it: a reply can name the identity of what is
// somebody else's, and then the act would change that. Where an item shows none of
// them it says nothing; where it shows the marker spelt otherwise, or cut, it is ours.
func (t *thing) isUnlike(raw any) bool {
	if len(t.marked) == 0 || t.carries(&listed{markers: markersIn(raw), raw: raw}) {
		return false
	}
	seen, unlike := view(t.resource, raw), false
	for path, sent := range t.marked {
		shown, isText := walkPath(seen, splitPath(path)).(string)
		switch {
		case !isText || shown == "":
		case t.isAlike(shown, sent):
			return false
		default:
			unlike = true
		}
	}
	return unlike
}

// leastLike is how much of what was sent has to be left of it to be known again.
const leastLike = 6

// isAlike tells whether a text is what was sent, in other letters, with other signs in
// it, or cut.
func (t *thing) isAlike(shown string, sent any) bool {
	if bare := bareText(shown); t.unique != "" && strings.Contains(bare, bareText(t.unique)) || t.uuid != "" && strings.Contains(bare, bareText(t.uuid)) {
		return true
	}
	whole, isText := sent.(string)
	shown = strings.TrimRight(shown, ". …")
	return isText && len(shown) >= leastLike && strings.HasPrefix(whole, shown)
}

// bareText is the letters and digits of a text, small.
func bareText(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}
