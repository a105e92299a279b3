package verdict

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Encode writes a record as it is stored. Every number keeps its digits.
func Encode(r *Record) ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	return text, nil
}

// Decode reads a stored record. Numbers in values are json.Number, as they were;
// Judge gives it the same verdict as the record that was encoded.
func Decode(text []byte) (*Record, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	r := new(Record)
	if err := decoder.Decode(r); err != nil {
		return nil, fmt.Errorf("decode record: %w", err)
	}
	return r, nil
}
