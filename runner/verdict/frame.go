package verdict

import (
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// updated compares with before, merged with what is set.
func (t *track) updated(g *glance) {
	value, there := t.item(g.Reading)
	if !there {
		if t.partial(g.Reading) {
			return
		}
		g.sign, g.content = no, altered
		g.says, g.want, g.got = "does not show the thing any more", t.wanted(), "nothing"
		return
	}
	before, _ := t.beforeValue()
	var stale, changed []leaf
	fresh := 0
	for _, l := range masks(t.e.Masks).leaves(t.e.Want, value) {
		old, had := at(before, l.path)
		switch {
		case l.mask.Mask == contracts.MustExist || t.alreadyHad(l.path) || t.noisyAt(l.path):
		case l.ok:
			fresh++
		case masks(t.e.Masks).alike(l.path, old, l.got) && (had || !l.has || l.got == nil):
			stale = append(stale, l)
		default:
			changed = append(changed, l)
		}
	}
	switch {
	case len(changed) > 0:
		g.wrong(altered, append(changed, stale...))
	case len(stale) > 0 && fresh == 0:
		g.wrong(missing, stale)
		g.says = strings.Replace(g.says, "says", "still says", 1)
	case len(stale) > 0:
		g.wrong(dropped, stale)
		g.says = strings.Replace(g.says, "says", "still says", 1)
	default:
		g.sign, g.says = yes, "shows "+t.wanted()
		t.frame(g, before, value, t.framed())
	}
}

// wanted names the fields that are set, for messages.
func (t *track) wanted() string {
	var list []string
	for _, l := range masks(t.e.Masks).leaves(t.e.Want, nil) {
		if !t.alreadyHad(l.path) {
			list = append(list, fieldName(l.path)+"="+expr.Format(l.want))
		}
	}
	return strings.Join(list, ", ")
}

// framed are the paths that the frame leaves out.
func (t *track) framed() [][]string {
	skip := append([][]string{}, t.e.Also...)
	skip = append(skip, t.noise...)
	for _, l := range masks(t.e.Masks).leaves(t.e.Want, nil) {
		skip = append(skip, l.path)
	}
	return skip
}

// frame says no where something changed that was to stay as before.
func (t *track) frame(g *glance, before, after any, skip [][]string) {
	found := masks(t.e.Masks).changes(before, after, skip)
	if len(found) == 0 {
		return
	}
	g.sign, g.content = no, collateral
	var says, want []string
	for _, c := range found {
		name := fieldName(c.path)
		g.fields = append(g.fields, name)
		says = append(says, name+"="+shown(c.new, c.is))
		want = append(want, name+"="+shown(c.old, c.was))
	}
	g.says = "says " + strings.Join(says, ", ") + " and said " + strings.Join(want, ", ") + " before"
	g.want, g.got = strings.Join(want, ", "), strings.Join(says, ", ")
}

func (t *track) deleted(g *glance) {
	_, there := t.item(g.Reading)
	switch {
	case there:
		g.sign, g.content, g.says = no, missing, "still shows it"
		g.want, g.got = "absent", "present"
	case t.partial(g.Reading): // what it lacks may stand on a page that was passed over
	case len(g.Missing) > 0 && !t.siblingsGo():
		g.lacks(g.Missing)
	default:
		g.sign, g.says = yes, "does not show it any more"
	}
}

func (t *track) kept(g *glance) {
	before, was := t.beforeValue()
	value, is := t.item(g.Reading)
	if t.place().Thing == "" {
		value, is = g.Value, g.Known == Value
	}
	if t.partial(g.Reading) && !is {
		return
	}
	if t.listed(g.Reading) && t.e.Key == "" && t.key == "" {
		if len(g.Missing) > 0 && !t.siblingsGo() {
			g.lacks(g.Missing)
			return
		}
		g.sign, g.says = yes, "is as before"
		return
	}
	g.sign, g.says = yes, "is as before"
	switch {
	case was != is:
		g.sign, g.content = no, collateral
		g.want, g.got = present(was), present(is)
		g.says = "shows it as " + g.got + ", and it was " + g.want + " before"
	case is:
		if len(t.w.Field) > 0 {
			old, had := at(before, t.w.Field)
			now, has := at(value, t.w.Field)
			before, value = wrap(t.w.Field, old, had), wrap(t.w.Field, now, has)
		}
		t.frame(g, before, value, t.noise)
	}
}

func present(is bool) string {
	if is {
		return "present"
	}
	return "absent"
}

// wrap puts a value back under its path, so that masks and noise find it.
func wrap(path []string, v any, has bool) any {
	if !has {
		return map[string]any{}
	}
	for i := len(path) - 1; i >= 0; i-- {
		v = map[string]any{path[i]: v}
	}
	return v
}
