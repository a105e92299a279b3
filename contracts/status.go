package contracts

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	codeText  = regexp.MustCompile(`^[1-5][0-9][0-9]$`)
	classText = regexp.MustCompile(`^[1-5][xX][xX]$`)
)

// Refuses tells whether every answer that is expected is a refusal.
func (s Status) Refuses() bool {
	if s.Claim == Refused {
		return true
	}
	return len(s.Codes)+len(s.Classes) > 0 &&
		!slices.ContainsFunc(s.Codes, func(code int) bool { return code < 400 }) &&
		!slices.ContainsFunc(s.Classes, func(class int) bool { return class < 4 })
}

const statusHint = "a status is a code (422), several ([403, 404]), a class (4xx), done or refused"

// status reads what a contract or case expects.
func (l *loader) status(n *node) Status {
	s := Status{Pos: n.pos}
	if n.shape == text && (n.text == string(Done) || n.text == string(Refused)) {
		s.Claim = Claim(n.text)
		return s
	}
	items := []*node{n}
	if n.shape == list {
		items = n.items
	}
	if len(items) == 0 {
		l.mistake(n, statusHint, "status is an empty list")
	}
	for _, item := range items {
		l.addStatus(&s, item)
	}
	return s
}

func (l *loader) addStatus(s *Status, n *node) {
	switch {
	case (n.shape == number || n.shape == text) && codeText.MatchString(n.text):
		code, _ := strconv.Atoi(n.text)
		s.Codes = append(s.Codes, code)
	case n.shape == text && classText.MatchString(n.text):
		s.Classes = append(s.Classes, int(n.text[0]-'0'))
	default:
		l.mistake(n, didYouMean(n.text, []string{"done", "refused", "4xx", "5xx"})+statusHint, "%s is no status", shown(n))
	}
}

// claims reads `claims`: status → claim.
func (l *loader) claims(n *node) []ClaimOf {
	if n == nil {
		return nil
	}
	if n.shape != mapping {
		l.mistake(n, "write {200: accepted}", "claims must be a map, not %s", n.shape)
		return nil
	}
	var out []ClaimOf
	for _, p := range n.pairs {
		s := Status{Pos: p.key.pos}
		l.addStatus(&s, p.key)
		word := l.oneOf(p.value, "claim", string(Done), string(Accepted), string(Refused), string(Unclear))
		out = append(out, ClaimOf{Status: s, Claim: Claim(word)})
	}
	return out
}

// String is the status as it is written.
func (s Status) String() string {
	if s.Claim != "" {
		return string(s.Claim)
	}
	var words []string
	for _, c := range s.Codes {
		words = append(words, strconv.Itoa(c))
	}
	for _, c := range s.Classes {
		words = append(words, fmt.Sprintf("%dxx", c))
	}
	switch len(words) {
	case 0:
		return string(Done)
	case 1:
		return words[0]
	}
	return "[" + strings.Join(words, ", ") + "]"
}
