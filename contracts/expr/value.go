package expr

import (
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/common/types/ref"
)

// Absence is the type of Absent; it has no other value.
type Absence struct{}

// Absent is what walking past the end of the data gives. It is not null: null is a value that somebody wrote.
var Absent = Absence{}

// String is "absent".
func (Absence) String() string { return "absent" }

// MarshalJSON is an error, so that an absent value is never sent or stored as if it were one.
func (Absence) MarshalJSON() ([]byte, error) {
	return nil, errors.New("absent is not a JSON value")
}

// Unknown is a value that exists, or does not, behind a read that failed.
type Unknown struct {
	Why string // for people: "GET /reviews/1 answered 503"
}

// String is "unknown" with the reason.
func (u Unknown) String() string {
	if u.Why == "" {
		return "unknown"
	}
	return "unknown (" + u.Why + ")"
}

// MarshalJSON is an error, for the same reason as in Absence.
func (u Unknown) MarshalJSON() ([]byte, error) {
	return nil, errors.New("unknown is not a JSON value")
}

// and joins the reasons of two unknown values.
func (u Unknown) and(other Unknown) Unknown {
	if u.Why == "" || strings.Contains(other.Why, u.Why) {
		return other
	}
	if other.Why == "" || strings.Contains(u.Why, other.Why) {
		return u
	}
	return Unknown{Why: u.Why + "; " + other.Why}
}

// Truth is the answer of a yes-or-no expression.
type Truth int

// The three answers. UnknownTruth is never evidence, in either direction.
const (
	False Truth = iota
	True
	UnknownTruth
)

// String is "false", "true" or "unknown".
func (t Truth) String() string {
	switch t {
	case True:
		return "true"
	case False:
		return "false"
	}
	return "unknown"
}

// TruthOf reads a value as an answer: absent counts as false; what is neither true nor false is an error.
func TruthOf(v any) (Truth, error) {
	switch v := v.(type) {
	case bool:
		if v {
			return True, nil
		}
		return False, nil
	case Absence:
		return False, nil
	case Unknown:
		return UnknownTruth, nil
	}
	return False, fmt.Errorf("the answer is %s, not true or false", kindOf(v))
}

// kindOf names the kind of a value, with an article, for messages.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a truth value"
	case string:
		return "text"
	case []any:
		return "a list"
	case map[string]any:
		return "a map"
	case Absence:
		return "absent"
	case Unknown:
		return "unknown"
	}
	if _, ok := numberOf(v); ok {
		return "a number"
	}
	if v, ok := v.(ref.Val); ok {
		return "a " + v.Type().TypeName()
	}
	return fmt.Sprintf("a Go %T", v)
}
