package diagnosis

import (
	"regexp"
	"strings"
)

// Rank is what kind of fact it is, the likeliest cause of a lie first.
type Rank int

// The ranks. Between two facts that separate equally well the lower one is named first, and
// alone, unless they are a permission and a setting.
const (
	Needed     Rank = iota // a scope that the contract says it needs
	Permission             // scopes, roles, rights
	Setting                // plan, features, settings: whatever else an account's facts say
	Locale                 // where and what the account is: region, country, tags
	Moment                 // a date or number of the account that is below a limit
	Answer                 // statuses, headers and bodies of the same steps: a clue
	Timing                 // how long the act's answer took: a clue
)

var rankNames = [...]string{"needed scope", "permission", "setting", "locale", "moment", "answer", "timing"}

func (r Rank) String() string { return rankNames[r] }

// tier unites the ranks between which nobody can tell: a setting is as good a cause as a
// permission, though it is named after it.
func (r Rank) tier() Rank {
	if r == Setting {
		return Permission
	}
	return r
}

// MarshalText writes its name.
func (r Rank) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads its name; a name that is not known is a clue.
func (r *Rank) UnmarshalText(text []byte) error {
	*r = Timing
	for i, name := range rankNames {
		if name == string(text) {
			*r = Rank(i)
		}
	}
	return nil
}

var (
	permissions = regexp.MustCompile(`^(can|may|scopes?|permissions?|roles?|rights?|grants?|privileges?|capabilit(y|ies)|access|abilities|authorities|acl)$`)
	locales     = regexp.MustCompile(`^(region|country|locale|language|lang|time_?zone|tz|city|zone|shard|cluster|node|currency|tags?|labels?)$`)
)

// rankOf ranks a fact of an account by the words of its path.
func rankOf(path string) Rank {
	rank := Setting
	for _, word := range strings.FieldsFunc(strings.ToLower(path), func(r rune) bool { return strings.ContainsRune(".[] ", r) }) {
		if permissions.MatchString(word) {
			return Permission
		}
		if locales.MatchString(word) {
			rank = Locale
		}
	}
	return rank
}
