package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"testing"
)

// readParts reads a form as a server does: name, filename, type and content of each part.
func readParts(t *testing.T, contentType string, body []byte) []string {
	t.Helper()
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "multipart/form-data" {
		t.Fatalf("content type %q: %v", contentType, err)
	}
	var list []string
	for reader := multipart.NewReader(bytes.NewReader(body), params["boundary"]); ; {
		p, err := reader.NextRawPart()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, strings.Join([]string{p.FormName(), p.FileName(), p.Header.Get("Content-Type"), string(content)}, "|"))
	}
}

func TestEncodeParts(t *testing.T) {
	body := map[string]any{
		"title": "Solid\r\n--x", "stars": json.Number("9007199254740993"), "public": true, "note": nil, "empty": "",
		"tags":  []any{"a", json.Number("2")},
		"meta":  map[string]any{"lang": "en"},
		"photo": map[string]any{"filename": `a "b".png`, "base64": "AAEC", "type": "image/png"},
		"text":  []any{map[string]any{"filename": "a.txt", "content": "Hello"}, map[string]any{"filename": "empty"}},
	}
	encoded, contentType, err := Encode("multipart/form-data", body)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"empty|||", "meta||application/json|{\"lang\":\"en\"}", "photo|a %22b%22.png|image/png|\x00\x01\x02", "public|||true",
		"stars|||9007199254740993", "tags|||a", "tags|||2", "text|a.txt|application/octet-stream|Hello", "text|empty|application/octet-stream|",
		"title|||Solid\r\n--x",
	}
	if got := readParts(t, contentType, encoded); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	again, sameType, err := Encode("multipart/form-data", body)
	if err != nil || !bytes.Equal(encoded, again) || sameType != contentType {
		t.Errorf("another form for the same body: %s", again)
	}
	own, ownType, err := Encode("multipart/form-data; boundary=mine", map[string]any{"a": "1"})
	if err != nil || !strings.HasPrefix(string(own), "--mine\r\n") || len(readParts(t, ownType, own)) != 1 {
		t.Errorf("%q, %v", own, err)
	}
	written, _, err := Encode("multipart/form-data; boundary=x", "--x--\r\n")
	if err != nil || string(written) != "--x--\r\n" {
		t.Errorf("%q, %v", written, err)
	}
}

func TestEncodePartsRefuses(t *testing.T) {
	for want, body := range map[string]any{
		"a map of parts is wanted, not string":     "text",
		`the boundary "mine" stands in a part`:     map[string]any{"a": "is mine"},
		"part f: illegal base64 data":              map[string]any{"f": map[string]any{"filename": "x", "base64": "!"}},
		`part f: type "a\r\nb" is no content type`: map[string]any{"f": map[string]any{"filename": "x", "type": "a\r\nb"}},
	} {
		media := "multipart/form-data"
		if strings.Contains(want, "mine") {
			media += "; boundary=mine"
		}
		if _, _, err := Encode(media, body); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
