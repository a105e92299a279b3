package diagnosis

import (
	"fmt"
	"strings"
)

// String is Text.
func (d *Diagnosis) String() string { return d.Text() }

// Text says it on one line: `differs only here: account.can lacks "reviews:publish" (11 of
// 11 truthful accounts have it)`, or "cannot tell: …" with why; "" of nil. Values of a
// provider in it are quoted, and not yet made fit for any kind of output.
func (d *Diagnosis) Text() string {
	switch {
	case d == nil:
		return ""
	case d.Sure && d.Joint == Either:
		return "two causes: " + d.Causes[0].counted() + ", or " + d.Causes[1].counted()
	case d.Sure && d.Joint == Both:
		return fmt.Sprintf("%s: %s and %s together (no truthful account has both)", d.here(), d.Causes[0].Phrase(), d.Causes[1].Phrase())
	case d.Sure:
		return d.here() + ": " + d.explained(d.Causes[0])
	}
	return "cannot tell: " + d.why()
}

// here says of whom it holds.
func (d *Diagnosis) here() string {
	switch {
	case d.Since != "":
		return "differs from run " + d.Since + ", which kept it"
	case d.Lied > 1:
		return fmt.Sprintf("differs only on these %d accounts", d.Lied)
	}
	return "differs only here"
}

func (d *Diagnosis) why() string {
	switch d.Why {
	case Unread:
		return "the account's own facts could not be read"
	case Tied:
		return fmt.Sprintf("%d facts separate them equally: %s", d.Equal, d.list(d.Equal))
	case Chance:
		return fmt.Sprintf("%s: %s, which may be chance", d.here(), d.explained(d.Causes[0]))
	case Clue:
		return "no fact of the account sets it apart, only what it was answered: " + d.list(1)
	case Nearest:
		return "nothing that is known sets it apart; nearest is " + d.Causes[0].counted()
	}
	if d.Since != "" {
		return "nothing that is known has changed since run " + d.Since + ", which kept it"
	}
	return "nothing that is known sets it apart"
}

// list is the first n causes, of which a few are enough.
func (d *Diagnosis) list(n int) string {
	const few = 4
	var texts []string
	for _, c := range d.Causes[:min(n, few, len(d.Causes))] {
		texts = append(texts, d.explained(c))
	}
	if n > len(texts) {
		texts = append(texts, fmt.Sprintf("and %d more", n-len(texts)))
	}
	return strings.Join(texts, "; ")
}

// Phrase is the fact alone: `account.can lacks "reviews:publish"`.
func (c Cause) Phrase() string {
	switch c.Is {
	case Missing, There:
		return c.Fact + " " + string(c.Is)
	case Below, From:
		if _, ok := moment(c.Value); ok {
			return c.Fact + " " + map[Op]string{Below: "is before ", From: "is not before "}[c.Is] + shown(c.Value)
		}
	}
	return c.Fact + " " + string(c.Is) + " " + shown(c.Value)
}

// explained adds what the truthful accounts have.
func (d *Diagnosis) explained(c Cause) string {
	if d.Since != "" {
		if c.Others != "" {
			return c.Phrase() + " (it was " + shown(c.Others) + ")"
		}
		return c.Phrase()
	}
	if c.Truthful > 0 || c.Lied < c.OfLied {
		return c.counted()
	}
	one, all := c.instead()
	if c.OfTruthful == 1 {
		return c.Phrase() + " (the one truthful account " + one + ")"
	}
	return fmt.Sprintf("%s (%d of %d truthful accounts %s)", c.Phrase(), c.OfTruthful, c.OfTruthful, all)
}

// instead is what accounts do of which it does not hold.
func (c Cause) instead() (one, all string) {
	switch c.Is {
	case Lacks, Missing:
		return "has it", "have it"
	case Has, There:
		return "lacks it", "lack it"
	case Equals, Differs:
		if c.Others != "" {
			return "has " + shown(c.Others), "have " + shown(c.Others)
		}
		if c.Is == Differs {
			return "has that", "have that"
		}
		return "has another", "have another"
	}
	return "is not", "are not"
}

// counted is the fact with its counts in both groups.
func (c Cause) counted() string {
	return fmt.Sprintf("%s (%d of %d that are lied to, %d of %d truthful)", c.Phrase(), c.Lied, c.OfLied, c.Truthful, c.OfTruthful)
}
