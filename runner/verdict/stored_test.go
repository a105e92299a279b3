package verdict

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestRecordsAreStoredWithoutLoss(t *testing.T) {
	w := creating(201, always(thing(obj("id", 8841, "title", "Solid m1", "product", "p-100", "n", nil, "tags", []any{}), "m1")), always(otherReviews))
	w.r.Act.Body = map[string]any{"id": json.Number("9007199254740993"), "price": json.Number("10.00"), "none": nil}
	w.watch(t)
	text, err := Encode(w.r)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(w.r, back) {
		again, _ := Encode(back)
		t.Errorf("stored %s\nread %s", text, again)
	}
}

func TestDecodeRefusesWhatIsNoRecord(t *testing.T) {
	for _, text := range []string{"", "[]", `{"act":3}`, `{"cell"`} {
		if _, err := Decode([]byte(text)); err == nil {
			t.Errorf("%q was decoded", text)
		}
	}
}
