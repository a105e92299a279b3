package wire

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
)

// A Head is a header as an Exchange keeps it: by name, values of one name in the order in which they came. A run keeps
// tens of thousands of them, and as maps they were half of its memory. In JSON it is a map like http.Header.
type Head []Field

// A Field is one line of a head.
type Field struct {
	Name  string // as http.CanonicalHeaderKey writes it
	Value string
}

// Get gives the first value of a name, however it is spelt; "" when there is none.
func (h Head) Get(name string) string {
	name = http.CanonicalHeaderKey(name)
	for _, field := range h {
		if field.Name == name {
			return field.Value
		}
	}
	return ""
}

// MarshalJSON writes {"Name": ["value", …], …}.
func (h Head) MarshalJSON() ([]byte, error) {
	grouped := make(http.Header, len(h))
	for _, field := range h {
		grouped[field.Name] = append(grouped[field.Name], field.Value)
	}
	return json.Marshal(grouped)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (h *Head) UnmarshalJSON(text []byte) error {
	var grouped http.Header
	if err := json.Unmarshal(text, &grouped); err != nil {
		return err
	}
	*h = headOf(grouped)
	return nil
}

func headOf(grouped http.Header) Head {
	var h Head
	for name, values := range grouped {
		for _, value := range values {
			h = append(h, Field{name, value})
		}
	}
	h.sort()
	return h
}

func (h Head) sort() {
	slices.SortStableFunc(h, func(a, b Field) int { return cmp.Compare(a.Name, b.Name) })
}
