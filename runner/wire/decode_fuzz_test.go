package wire

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// FuzzDecode: a body becomes one of the few kinds of values or an error that says why; what became of it can be written
// and read again, and is what others read in it.
func FuzzDecode(f *testing.F) {
	for _, contentType := range []string{"application/json", "application/x-ndjson", "application/x-www-form-urlencoded", "text/html; charset=iso-8859-1", "", "text/html; charset=utf-16le", "x;;="} {
		for _, text := range []string{`{"a":[1,2.5e-3,"x",null]}`, "{\"a\":1}\n\n[2]\n", "a=b&a=%41&c[d]=", "<a>b</a>", "\ufeff[1]", "[1] x", `{"a":1,"a":2}`, "gr\xfc\xdfe", "1", ""} {
			f.Add(contentType, text)
		}
	}
	f.Fuzz(func(t *testing.T, contentType, text string) {
		const depth = 50
		var odd oddities
		value, err := decode(contentType, text, depth, &odd)
		if len(odd.lines) > maxFacts+1 {
			t.Errorf("%d facts", len(odd.lines))
		}
		if err != nil {
			if value != nil || err.Error() == "" {
				t.Errorf("%v, and the value %v", err, value)
			}
			return
		}
		if deep := depthOf(value); deep > depth+2 { // the list of lines, and a text at the bottom
			t.Errorf("%d levels deep", deep)
		}
		form, _ := formOf(contentType)
		if whole, ok := value.(string); ok && form == formGuess {
			if contentType == "" && whole != text {
				t.Errorf("%q became %q", text, whole)
			}
			return
		}
		again(t, value)
		switch form {
		case formLines:
			if lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' }); len(value.([]any)) > len(lines) {
				t.Errorf("%d values in %d lines", len(value.([]any)), len(lines))
			}
		case formPairs:
			pairs, err := url.ParseQuery(text)
			if err != nil || utf8.ValidString(text) && !strings.Contains(text, "%") && len(pairs) != len(value.(map[string]any)) {
				t.Errorf("net/url reads %v, %v", pairs, err)
			}
		}
	})
}

// again writes a value and reads it.
func again(t *testing.T, value any) {
	text, err := encodeJSON(value)
	if err != nil {
		t.Fatalf("%v cannot be written: %v", value, err)
	}
	back, err := parseJSON(string(text), &bounds{100, maxValues}, &oddities{})
	if err != nil || utf8.Valid(text) && !strings.Contains(string(text), "\ufffd") && !reflect.DeepEqual(back, value) {
		t.Errorf("%#v reads back as %#v, %v", value, back, err)
	}
}

func depthOf(value any) int {
	deep := 0
	switch v := value.(type) {
	case nil, bool, string, json.Number:
		return 1
	case []any:
		for _, item := range v {
			deep = max(deep, depthOf(item))
		}
	case map[string]any:
		for _, item := range v {
			deep = max(deep, depthOf(item))
		}
	default:
		return 1 << 30 // no kind of value that a body has
	}
	return deep + 1
}

// FuzzReadReply: a reply as bytes on the line, framed and compressed in any way, gives the same body however the bytes
// arrive, and never a larger one than allowed.
func FuzzReadReply(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\n you\r\n0\r\nA: b\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nhello",
		"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
		"HTTP/1.0 200 OK\r\n\r\nuntil the end",
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00",
		"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nx",
		"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		const limit = 1000
		read := func(from io.Reader) (status int, body []byte, fault string, odd oddities) {
			reply, err := http.ReadResponse(bufio.NewReader(from), &http.Request{Method: "GET"})
			if err != nil {
				return 0, nil, "no reply", odd
			}
			defer reply.Body.Close()
			body, err = readBody(reply, limit, &odd, &bytes.Buffer{})
			switch {
			case errors.Is(err, errTooLarge):
				fault = "too large"
			case errors.Is(err, errGarbled):
				fault = "garbled"
			case err != nil:
				fault = "cut"
			}
			return reply.StatusCode, body, fault, odd
		}
		status, body, fault, odd := read(bytes.NewReader(line))
		if len(body) > limit || fault == "too large" && len(body) != limit {
			t.Errorf("%d bytes of body, %s", len(body), fault)
		}
		drip := iotest.OneByteReader(bytes.NewReader(line))
		if s, b, f, o := read(drip); s != status || !bytes.Equal(b, body) || f != fault || !reflect.DeepEqual(o, odd) {
			t.Errorf("byte by byte: %d %q %s %v; at once: %d %q %s %v", s, b, f, o, status, body, fault, odd)
		}
	})
}
