package wire

import (
	"encoding/json"
	"net/http"
	"reflect"
	"testing"
)

func TestHeadGoesToJSONAndBack(t *testing.T) {
	t.Parallel()
	h := headOf(http.Header{"X-Two": {"b", "a"}, "Content-Type": {"text/plain"}})
	if want := (Head{{"Content-Type", "text/plain"}, {"X-Two", "b"}, {"X-Two", "a"}}); !reflect.DeepEqual(h, want) {
		t.Fatalf("got %v", h)
	}
	text, err := json.Marshal(h)
	if err != nil || string(text) != `{"Content-Type":["text/plain"],"X-Two":["b","a"]}` {
		t.Fatalf("%s, %v", text, err)
	}
	var back Head
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, h) {
		t.Errorf("back came %v, %v", back, err)
	}
	if h.Get("x-two") != "b" || h.Get("x-three") != "" {
		t.Errorf("got %q and %q", h.Get("x-two"), h.Get("x-three"))
	}
}
