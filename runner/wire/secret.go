package wire

import (
	"fmt"
	"io"
	"log/slog"
)

// Mask stands wherever a secret stood.
const Mask = "***"

// Secret is a text that must not be seen. It prints as *** in every verb of fmt, in JSON, YAML, text and logs. The zero
// value holds the empty text.
//
// The text sits behind a function and not in a string field: fmt reads unexported fields by reflection and never asks
// their methods, so a struct that merely contains a Secret would print it under %v.
type Secret struct{ reveal func() string }

// NewSecret hides text.
func NewSecret(text string) Secret { return Secret{func() string { return text }} }

// Reveal gives the text itself, for the wire and nobody else.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// Format prints *** whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Mask) }

// String is ***.
func (s Secret) String() string { return Mask }

// MarshalText is ***; encoding/json and the YAML libraries use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(Mask), nil }

// LogValue is ***.
func (s Secret) LogValue() slog.Value { return slog.StringValue(Mask) }
