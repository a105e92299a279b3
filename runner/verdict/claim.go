package verdict

import (
	"slices"

	"github.com/polygraph-dev/polygraph/contracts"
)

// Claim is what the answer to the act says happened, by LANGUAGE section 6: the
// contract's own `claims` first, then the status, then the body where it says no
// under a 2xx. A reply whose body could not be asked for a refusal claims
// nothing: it may have said no. Act must not be nil.
func Claim(a *Act) contracts.Claim {
	if a.Failure != "" || a.Status == 0 {
		return contracts.Unclear
	}
	if Throttled(a) {
		return contracts.Refused
	}
	if a.Says != "" {
		return a.Says
	}
	claim := byStatus(a)
	for _, own := range a.Claims {
		if own.Status.matches(a.Status, claim) {
			claim = own.Claim
			break
		}
	}
	if a.Status/100 != 2 || a.Refusal == False {
		return claim
	}
	if a.Refusal == True {
		return contracts.Refused
	}
	return contracts.Unclear
}

// byStatus is the table of LANGUAGE section 6. A 5xx that the table does not
// name claims nothing: nobody has said that it is a negative answer.
func byStatus(a *Act) contracts.Claim {
	switch s := a.Status; {
	case s == 202, s == 303 && a.Location:
		return contracts.Accepted
	case s == 207:
		return contracts.Unclear
	case s/100 == 2:
		return contracts.Done
	case s == 408:
		return contracts.Unclear
	case s/100 == 4, s == 500, s == 501, s == 503, s == 507:
		return contracts.Refused
	}
	return contracts.Unclear
}

// Throttled reports an answer that means "not now": 425, 429, 503 with
// Retry-After, or a body for which the provider's `throttled` holds. It looks at
// the answer only; whether to try again is for Retry.
func Throttled(a *Act) bool {
	if a == nil || a.Status == 0 {
		return false
	}
	return a.Status == 425 || a.Status == 429 || a.Status == 503 && a.RetryIn != nil || a.Throttled == True
}

// Retry reports that this attempt does not count and that the act is to be tried
// again later, with new things. A contract that expects exactly this status is
// about being throttled: trying until it goes away would never let it be kept.
func Retry(r *Record) bool {
	return r.Act != nil && Throttled(r.Act) && !r.Wanted.Status.names(r.Act.Status)
}

// refusedByBody reports a 2xx whose body says no. Where every item has an answer of
// its own, the 2xx never said yes.
func refusedByBody(a *Act) bool {
	return a.Status/100 == 2 && a.Says == "" && Claim(a) == contracts.Refused
}

// matches reports whether an answer with this status and claim is expected. The
// zero Status expects that the act was done, now or later.
func (s Status) matches(status int, claim contracts.Claim) bool {
	switch {
	case len(s.Codes) > 0 || len(s.Classes) > 0:
		return s.names(status) || slices.Contains(s.Classes, status/100)
	case s.Claim == "" || s.Claim == contracts.Done:
		return claim == contracts.Done || claim == contracts.Accepted || claim == contracts.Unclear && status/100 == 2
	}
	return claim == s.Claim
}

// names reports that the status is written out, not only its class.
func (s Status) names(status int) bool { return slices.Contains(s.Codes, status) }

// refuses reports that a refusal is expected, and nothing else would do.
func (s Status) refuses() bool {
	if s.Claim == contracts.Refused {
		return true
	}
	if len(s.Codes)+len(s.Classes) == 0 {
		return false
	}
	for _, c := range s.Codes {
		if c < 400 {
			return false
		}
	}
	for _, c := range s.Classes {
		if c < 4 {
			return false
		}
	}
	return true
}
