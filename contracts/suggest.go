package contracts

import (
	"strings"
)

// Nearest gives the name that was probably meant by a word, "" where none is near.
func Nearest(word string, names []string) string { return suggest(word, names) }

// suggest gives the name that was probably meant, or "".
func suggest(word string, names []string) string {
	best, least := "", len(word)/3+1
	for _, name := range names[:min(len(names), 1000)] {
		d := distance(strings.ToLower(word), strings.ToLower(name))
		if d < least || d == least && best == "" {
			best, least = name, d
		}
	}
	return best
}

// didYouMean is the beginning of a hint, with a space after it, or "".
func didYouMean(word string, names []string) string {
	if s := suggest(word, names); s != "" {
		return "did you mean \"" + s + "\"? "
	}
	return ""
}

// distance counts the insertions, deletions, changes and swaps of neighbours
// between two words (optimal string alignment). Words of a stranger's file may
// be long; beyond 64 bytes they are simply far apart.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}

// sentence joins names for a hint: "a, b, c".
func sentence(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
