package verdict

import (
	"slices"
	"sort"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
)

// at follows a path of names into a value. It reports false where the path walks
// past what is there.
func at(v any, path []string) (any, bool) {
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = m[name]; !ok {
			return nil, false
		}
	}
	return v, true
}

// dotted splits a path as it stands in Act.Marked. A field whose own name has a
// dot in it is found by its whole name first.
func dotted(v any, path string) (any, bool) {
	if got, ok := at(v, []string{path}); ok {
		return got, true
	}
	return at(v, strings.Split(path, "."))
}

// names are the keys of both maps, sorted.
func names(maps ...map[string]any) []string {
	seen := map[string]bool{}
	for _, m := range maps {
		for k := range m {
			seen[k] = true
		}
	}
	list := make([]string, 0, len(seen))
	for k := range seen {
		list = append(list, k)
	}
	sort.Strings(list)
	return list
}

// under reports that path is prefix or lies below it.
func under(path, prefix []string) bool {
	return len(prefix) <= len(path) && slices.Equal(path[:len(prefix)], prefix)
}

// underAny reports that path is or lies below one of the prefixes. An empty
// prefix, also written as one empty name, covers the whole value.
func underAny(path []string, prefixes [][]string) bool {
	for _, p := range prefixes {
		if whole(p) || under(path, p) {
			return true
		}
	}
	return false
}

// anyUnder says whether one of the paths begins with the prefix.
func anyUnder(paths [][]string, prefix []string) bool {
	return slices.ContainsFunc(paths, func(p []string) bool { return under(p, prefix) })
}

func whole(path []string) bool { return len(path) == 0 || len(path) == 1 && path[0] == "" }

func deeper(path []string, name string) []string {
	return append(path[:len(path):len(path)], name)
}

func fieldName(path []string) string {
	if whole(path) {
		return "the value"
	}
	return strings.Join(path, ".")
}

// masks is what the resource says of its fields.
type masks []Mask

// of gives the mask of a path; the last line wins, so that what the author wrote
// stands over what OpenAPI says.
func (ms masks) of(path []string) Mask {
	untyped := false
	for i := len(ms) - 1; i >= 0; i-- {
		if ms[i].Untyped {
			untyped = true
			continue
		}
		if len(ms[i].Path) == len(path) && under(path, ms[i].Path) {
			m := ms[i]
			m.Untyped = untyped
			return m
		}
	}
	return Mask{Untyped: untyped}
}

// spareUnder reports whether fields below a path are not compared.
func (ms masks) spareUnder(path []string) bool {
	return slices.ContainsFunc(ms, func(m Mask) bool { return len(m.Path) > len(path) && under(m.Path, path) && !m.compared() })
}

// compared reports whether what was sent in the field is to be read back.
func (m Mask) compared() bool {
	switch m.Mask {
	case contracts.Ignore, contracts.Unread, contracts.MustExist:
		return false
	}
	return !m.Unshown
}
