package wire

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestReadXML(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{`<review id="7"><title>Solid</title><tag>a</tag><tag>b</tag><note/></review>`, `{"review":{"@id":"7","note":"","tag":["a","b"],"title":"Solid"}}`},
		{"<?xml version=\"1.0\"?>\n<!-- x -->\n<a>\n  <b> 1 </b>\n</a>\n", `{"a":{"b":" 1 "}}`},
		{`<a/>`, `{"a":""}`},
		{`<a>one &amp; <![CDATA[<two>]]> &#65;</a>`, `{"a":"one & <two> A"}`},
		{`<a lang="en">x</a>`, `{"a":{"#text":"x","@lang":"en"}}`},
		{`<p>so <b>it</b> is</p>`, `{"p":{"#text":"so  is","b":"it"}}`},
		{`<s:Envelope xmlns:s="urn:x" xmlns="urn:y"><s:Body s:k="v"/></s:Envelope>`, `{"s:Envelope":{"s:Body":{"@s:k":"v"}}}`},
		{`<a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><b xsi:nil="true"/><c xsi:nil="false"/></a>`, `{"a":{"b":null,"c":""}}`},
		{`<a><b>1</b><c/><b>2</b><b>3</b></a>`, `{"a":{"b":["1","2","3"],"c":""}}`},
		{"\ufeff<a>ü</a>", `{"a":"ü"}`},
		{"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xfc</a>", `{"a":"ü"}`},
	} {
		value, err := ReadXML(row.text, 100)
		if err != nil {
			t.Errorf("%s: %v", row.text, err)
			continue
		}
		if got, _ := json.Marshal(value); string(got) != row.want {
			var plain strings.Builder
			encoder := json.NewEncoder(&plain)
			encoder.SetEscapeHTML(false)
			_ = encoder.Encode(value)
			if strings.TrimSpace(plain.String()) != row.want {
				t.Errorf("%s:\ngot  %s\nwant %s", row.text, plain.String(), row.want)
			}
		}
	}
}

func TestReadXMLRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "there is no element",
		"plain":            "text stands beside the element",
		"<a>":              "<a> has no end",
		"<a><b></a></b>":   "</a> ends nothing that is open",
		"</a>":             "</a> ends nothing that is open",
		"<a/><b/>":         "more than one element",
		"<a/>tail":         "text stands beside",
		"<a>&nope;</a>":    "not XML",
		"<a>\xff</a>":      "not XML",
		"<a x=1/>":         "not XML",
		"<!DOCTYPE a><a/>": "a document type is not read",
		`<!DOCTYPE a [<!ENTITY x "boom">]><a>&x;</a>`:  "a document type is not read",
		strings.Repeat("<a>", 101):                     "nested deeper than 100",
		"<a>" + strings.Repeat("<b/>", maxValues/4+1):  "more than 200000 values",
		`<?xml version="1.0" encoding="klingon"?><a/>`: "not XML",
	} {
		if _, err := ReadXML(text, 100); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: got %v, want %s", text, err, want)
		}
	}
}

// TestEncodeXML writes what ReadXML reads back to the same.
func TestEncodeXML(t *testing.T) {
	for _, text := range []string{
		`<review id="7"><note></note><tag>a</tag><tag>b</tag><title>Solid &amp; &lt;safe&gt;</title></review>`,
		`<a lang="e&#34;n">x</a>`, `<a></a>`,
	} {
		value, err := ReadXML(text, 100)
		if err != nil {
			t.Fatal(err)
		}
		encoded, contentType, err := Encode("application/xml", value)
		if err != nil || string(encoded) != text || contentType != "application/xml" {
			t.Errorf("got  %s, %v\nwant %s", encoded, err, text)
		}
		if back, err := ReadXML(string(encoded), 100); err != nil || !reflect.DeepEqual(back, value) {
			t.Errorf("%s is read back as %v, %v", encoded, back, err)
		}
	}
	for want, body := range map[string]any{
		"a map with one name":          map[string]any{"a": "1", "b": "2"},
		"the outermost element stands": map[string]any{"a": []any{"1"}},
		"no name of an element":        map[string]any{"a": map[string]any{"b c": "1"}},
		"no name of an attribute":      map[string]any{"a": map[string]any{`@x="1" y`: "1"}},
	} {
		if _, _, err := Encode("text/xml", body); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func FuzzReadXML(f *testing.F) {
	for _, seed := range []string{`<a b="c">d<e/>f</a>`, "<a><a/><a/></a>", "<!DOCTYPE a>", "<a>&#0;</a>", "<?xml version='1.0' encoding='utf-16'?><a/>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value, err := ReadXML(text, 50)
		if err != nil {
			return
		}
		if _, err := json.Marshal(value); err != nil {
			t.Errorf("%q gives what JSON cannot hold: %v", text, err)
		}
	})
}
