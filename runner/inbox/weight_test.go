package inbox

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestForecastIsNeverLessThanTheWeight(t *testing.T) {
	for name, text := range map[string]string{
		"a number":            `1`,
		"a list of nothing":   `[]`,
		"objects of nothing":  `[{}` + strings.Repeat(",{}", 1000) + `]`,
		"numbers":             `[1` + strings.Repeat(",1", 1000) + `]`,
		"lists in lists":      strings.Repeat("[", 100) + strings.Repeat("]", 100),
		"an event":            `{"type": "published", "review": {"id": 7, "tags": ["a", "b"]}, "at": null}`,
		"marks in a text":     `{"says": "[{,\\\"[{,\\\\", "n": [1, 2]}`,
		"an object in itself": strings.Repeat(`{"a":`, 100) + `1` + strings.Repeat("}", 100),
	} {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(name, err)
		}
		if least, most := weight(value), forecast([]byte(text))+int64(len(text)); most < least {
			t.Errorf("%s: %d, and it becomes %d", name, most, least)
		}
	}
	if text := `{"says": "` + strings.Repeat("[{,", 1000) + `"}`; forecast([]byte(text)) > 1000 {
		t.Error("what stands in a text becomes nothing")
	}
}
