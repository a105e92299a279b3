package history

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPacked(t *testing.T) {
	p, err := newPacker()
	if err != nil {
		t.Fatal(err)
	}
	defer p.decoder.Close()
	value := map[string]any{"id": json.Number("9007199254740993"), "text": strings.Repeat("polled again ", 50_000), "none": nil}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := p.pack(value)
	if err != nil {
		t.Fatal(err)
	}
	if len(packed) > len(text)/100 {
		t.Errorf("%d bytes are packed as %d", len(text), len(packed))
	}
	var former bytes.Buffer
	zip := gzip.NewWriter(&former)
	if _, err := zip.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	for name, packed := range map[string][]byte{"as it is packed": packed, "as it was packed": former.Bytes()} {
		var got map[string]any
		if err := p.unpack(packed, &got); err != nil || !cmp.Equal(value, got) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if err := p.unpack(packed[:len(packed)-9], &got); err == nil {
			t.Errorf("%s: half of it is read", name)
		}
	}
	kept := "as it was"
	if err := p.unpack(nil, &kept); err != nil || kept != "as it was" {
		t.Errorf("of nothing it reads %q, %v", kept, err)
	}
}
