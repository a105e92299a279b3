package diagnosis

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// identities are texts that name one thing and no group of accounts: ids, tokens, addresses.
var identities = regexp.MustCompile(`(?i)^([0-9a-f]{8}-[0-9a-f-]{20,}|[0-9a-f]*[0-9][0-9a-f]{7,}|[a-z]{1,6}_[0-9a-z]{10,}|[^@\s]+@[^@\s]+|https?://.*|[*]+|.*[0-9]{6,}.*)$`)

// identifying are fields that say who the account is, whatever they look like: its own name
// and id, or those of its user. The id of a plan is another thing.
var identifying = regexp.MustCompile(`(?i)^(data\.|result\.)?((user|account|owner|profile|me|shop|store|company|organi[sz]ation|team|member|customer|viewer|business|tenant|workspace)\.)?` +
	`(id|uid|uuid|guid|sub|name|full_?name|display_?name|first_?name|last_?name|login|user_?name|slug|handle|e_?mail|phone|key|token|etag|avatar(_?url)?|url|href|link|(user|account|shop|tenant|org|customer)_?(id|name))$`)

// passing are dates and counts that move by themselves, whoever the account is: when it was last
// seen says when it was looked at.
var passing = regexp.MustCompile(`(?i)(^|[. _])(updated|modified|changed|refreshed|last_?(seen|login|active|activity|used|modified|updated|request|sign_?in))(_?(at|on|time|date))?$|[a-z](UpdatedAt|ModifiedAt|LastSeen|LastLogin)$`)

// scattered says that a fact's values are an account's own: who it is, and not what it is
// like. They separate every account from every other and explain none.
func (f *fact) scattered() bool {
	if f.isScattered == nil {
		is := f.scatters()
		f.isScattered = &is
	}
	return *f.isScattered
}

// passes says that a fact moves by itself. One that the user has named in account.take is
// there on purpose.
func (f *fact) passes() bool { return f.take == "" && passing.MatchString(f.name) }

func (f *fact) scatters() bool {
	_, own, _ := strings.Cut(f.name, " ")
	if identifying.MatchString(strings.TrimPrefix(own, "response.body.")) || f.passes() {
		return true
	}
	different, scalars, alike, amounts := map[string]bool{}, 0, 0, 0
	for _, v := range f.values {
		if v.form != scalar {
			continue
		}
		scalars++
		if different[v.text] {
			continue
		}
		different[v.text] = true
		if identities.MatchString(bare(v.text)) {
			alike++
		}
		if _, err := strconv.ParseFloat(v.text, 64); err == nil {
			amounts++
		}
	}
	if alike*2 > len(different) || amounts == scalars && len(different) == scalars { // numbers that no two accounts share are amounts
		return true
	}
	const few = 5 // so many regions are still regions, of any number of accounts
	return len(different) > few && 2*len(different) > scalars
}

// amount reads a number, or a date as its seconds.
func amount(text string) (float64, bool) {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return n, true
	}
	return moment(bare(text))
}

func moment(text string) (float64, bool) {
	if len(text) < len(time.DateOnly) || !strings.Contains(text, "-") {
		return 0, false
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly, time.DateTime, "2006-01-02 15:04:05.999Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return float64(t.UnixNano()) / 1e9, true
		}
	}
	return 0, false
}

// settled leaves out what moved by itself: facts that a truthful account had otherwise in
// an earlier run. What changed on an account that is lied to is no noise but a trace.
func (m *Matrix) settled(facts []*fact, truthful []*engine.Result) []*fact {
	restless := map[string]bool{}
	for _, before := range m.run.Earlier {
		then := Over(before)
		for _, r := range truthful {
			now, past := m.facts[r.Subject().Account], then.facts[r.Subject().Account]
			if now != nil && past != nil && now.Why == "" && past.Why == "" {
				differences(now, past, restless)
			}
		}
	}
	var out []*fact
	for _, f := range facts {
		if !restless[f.name] && !f.restless {
			out = append(out, f)
		}
	}
	return out
}

// differences names what is scalar and differs between two sets of facts of one account.
func differences(now, past *engine.Facts, into map[string]bool) {
	for _, f := range between(now, past) {
		if f.values[0].form == scalar && f.values[1].form == scalar && f.values[0].text != f.values[1].text {
			into[f.name] = true
		}
	}
}

// between are the facts of one account at two times: now, then.
func between(now, past *engine.Facts) []*fact {
	g, blank := newGatherer(2, 1), &engine.Result{}
	for i, known := range []*engine.Facts{now, past} {
		putTaken(g, i, known, blank)
		(&Matrix{leaves: map[string][]leaf{}}).putOwn(g, i, known)
		g.put(i, fact{name: "tags", rank: Locale}, value{form: list, list: known.Tags})
	}
	return without(g.order)
}
