package contracts

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Plain texts that other YAML readers take for something else. LANGUAGE
// section 9: only true, false, null and JSON numbers are not text; what a
// library would guess is a mistake.
var (
	jsonNumeral  = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
	leadingZero  = regexp.MustCompile(`^[-+]?0[0-9]+(\.[0-9]*)?$`)
	underscored  = regexp.MustCompile(`^[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?$`)
	otherBase    = regexp.MustCompile(`^[-+]?0([xX][0-9a-fA-F_]+|[oO][0-7_]+|[bB][01_]+)$`)
	notFinite    = regexp.MustCompile(`^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|NaN)$`)
	otherBoolean = regexp.MustCompile(`^(?i:yes|no|on|off|true|false)$`)
	otherNull    = regexp.MustCompile(`^(~|Null|NULL)$`)
)

// maxDigits bounds a number as written.
const maxDigits = 1000

// plainScalar gives the shape of an unquoted text, or what is wrong with it.
func plainScalar(s string) (is shape, wrong, hint string) {
	switch s {
	case "null":
		return null, "", ""
	case "true", "false":
		return boolean, "", ""
	}
	switch {
	case jsonNumeral.MatchString(s):
		if len(s) > maxDigits {
			return text, "a number of more than 1000 digits", "quote it if it is text"
		}
		return number, "", ""
	case leadingZero.MatchString(s):
		return text, fmt.Sprintf("%s has a leading zero, which some read as octal", s),
			fmt.Sprintf("write \"%s\" for the text, or %s for the number", s, trimZeros(s))
	case underscored.MatchString(s):
		return text, fmt.Sprintf("%s is a number in YAML 1.1 and text in 1.2", s),
			fmt.Sprintf("write \"%s\" for the text, or %s for the number", s, strings.ReplaceAll(s, "_", ""))
	case otherBase.MatchString(s):
		return text, fmt.Sprintf("%s is a number to some readers and text to others", s),
			fmt.Sprintf("write \"%s\" for the text, or the number in decimal", s)
	case notFinite.MatchString(s):
		return text, fmt.Sprintf("%s is no JSON value", s), fmt.Sprintf("write \"%s\" for the text", s)
	case otherNull.MatchString(s):
		return null, fmt.Sprintf("%s is null in YAML alone", s), fmt.Sprintf("write null, or \"%s\" for the text", s)
	case otherBoolean.MatchString(s):
		return text, fmt.Sprintf("%s is true or false in YAML 1.1 and text in 1.2", s),
			fmt.Sprintf("write %v for the boolean, or \"%s\" for the text", truthOf(s), s)
	}
	return text, "", ""
}

func truthOf(s string) bool {
	switch strings.ToLower(s) {
	case "yes", "on", "true":
		return true
	}
	return false
}

func trimZeros(s string) string {
	sign := ""
	if s[0] == '-' {
		sign = "-"
	}
	s = strings.TrimLeft(strings.TrimLeft(s, "+-"), "0")
	if s == "" || s[0] == '.' {
		s = "0" + s
	}
	return sign + strings.TrimSuffix(s, ".")
}

func jsonNumber(s string) json.Number { return json.Number(s) }
