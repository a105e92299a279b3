package diagnosis

import (
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// Flip is the change of r's account that would show whether a cause is one: the account is
// given what the truthful accounts have. False where the cause is no fact of account.take, or
// where nobody can say what to change it to.
func (c Cause) Flip(run *engine.Finished, r *engine.Result) (engine.Flip, bool) {
	flip := engine.Flip{Account: r.Subject().Account, Fact: c.Take}
	was, has := taken(run, flip.Account, c.Take)
	if !has {
		return flip, false
	}
	ok := false
	switch c.Is {
	case Lacks, Has:
		flip.Value, ok = regrouped(was, c.Value, c.Is == Lacks)
	case Equals, Differs, Below, From:
		flip.Value, ok = usual(run, r, c.Take, was)
	}
	return flip, ok
}

func taken(run *engine.Finished, account, fact string) (value any, has bool) {
	at := slices.IndexFunc(run.Accounts, func(f engine.Facts) bool { return f.Account == account })
	if fact == "" || at < 0 {
		return nil, false
	}
	value, has = run.Accounts[at].Taken[fact]
	return value, has
}

// regrouped is a list with a member more, or without it, in the form in which it came.
func regrouped(was any, member string, more bool) (any, bool) {
	switch v := was.(type) {
	case []any:
		list := slices.DeleteFunc(slices.Clone(v), func(each any) bool { return each == member })
		if more {
			list = append(list, member)
		}
		return list, true
	case string: // scopes as OAuth writes them
		list := slices.DeleteFunc(strings.Fields(v), func(each string) bool { return each == member })
		if more {
			list = append(list, member)
		}
		return strings.Join(list, " "), true
	}
	return nil, false
}

// usual is what most truthful accounts of the row have in place of a value.
func usual(run *engine.Finished, r *engine.Result, fact string, was any) (any, bool) {
	var values []any
	var counts []int
	for _, each := range run.Results {
		value, has := taken(run, each.Subject().Account, fact)
		if rowOf(each) != rowOf(r) || each.Verdict.Class != verdict.Kept || !has || engine.SameFact(value, was) {
			continue
		}
		at := slices.IndexFunc(values, func(known any) bool { return engine.SameFact(known, value) })
		if at < 0 {
			at, values, counts = len(values), append(values, value), append(counts, 0)
		}
		counts[at]++
	}
	if len(values) == 0 {
		return nil, false
	}
	return values[slices.Index(counts, slices.Max(counts))], true
}
