package wire

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// parrot repeats what it heard in every way that a careless server knows: headers, JSON with strange escapes, HTML, forms,
// broken and cut bodies.
func parrot(secret string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		escaped := ""
		for _, c := range secret {
			escaped += fmt.Sprintf(`\u%04x`, c)
		}
		quoted, _ := json.Marshal(secret)
		pair := base64.StdEncoding.EncodeToString([]byte("user:" + secret))
		w.Header().Set("X-Echo", secret)
		w.Header().Set("Location", "/next?token="+url.QueryEscape(secret))
		w.Header().Set("Set-Cookie", "sid=brandnewvalue")
		body := fmt.Sprintf(`{"told":%s,"escaped":"%s","pair":"%s",%s:1,"twice":1,"twice":%s,"n":1}`, quoted, escaped, pair, quoted, quoted)
		switch strings.Trim(r.URL.Path, "/") {
		case "json":
			w.Header().Set("Content-Type", "application/json")
		case "broken":
			w.Header().Set("Content-Type", "application/json")
			body += string(quoted)
		case "html":
			w.Header().Set("Content-Type", "text/html")
			body = "<a href='?t=" + url.QueryEscape(secret) + "'>" + secret + "</a>"
		case "form":
			w.Header().Set("Content-Type", "application/x-www-form-urlencoded")
			body = "token=" + url.QueryEscape(secret) + "&x=%" + fmt.Sprintf("%x", secret[0]) + url.QueryEscape(secret[1:])
		case "cut":
			w.Header().Set("Content-Length", "10000")
			body = "told " + secret + " and " + secret[:len(secret)-2]
		case "echo":
			heard, _ := io.ReadAll(r.Body)
			body = string(heard) + r.URL.String() + fmt.Sprint(r.Header)
		}
		_, _ = io.WriteString(w, body)
	}
}

func TestNoSecretLeavesTheWire(t *testing.T) {
	const secret = "kanarienvogel-7f3a"
	server := httptest.NewServer(parrot(secret))
	defer server.Close()
	hidden := NewSecret(secret)
	for _, credential := range []*Credential{Bearer(hidden), Basic("user", hidden), Header("X-Key", hidden), Query("key", hidden), Cookie("sid", hidden)} {
		for _, path := range []string{"json", "broken", "html", "form", "cut", "echo", "%zz" + secret} {
			client := New(Options{}) // a new one each time: it must know the secret before its first word
			reply := client.Send(context.Background(), Request{
				Method: "POST", URL: server.URL + "/" + path + "?q=" + secret, Origin: server.URL, Credential: credential, Act: true,
				Header: http.Header{"X-Mine": {secret}, "Proxy-Authorization": {"proxyproof"}}, Body: []byte(`{"mine":"` + secret + `"}`),
			})
			client.Close()
			exchange, err := json.Marshal(reply.Exchange)
			if err != nil {
				t.Fatal(err)
			}
			seen := string(exchange) + fmt.Sprintf("%v %v %q %q %v", reply.Header, reply.Body, reply.Text, reply.Undecodable, reply.Failure)
			if got := reply.Exchange.RequestHeader.Get("Proxy-Authorization"); got != Mask && reply.Sends > 0 {
				t.Errorf("proxy-authorization shows as %q", got)
			}
			for _, needle := range append(forms(secret), "kanarienvogel", `\u006b`, "brandnewvalue") {
				if strings.Contains(seen, needle) {
					t.Errorf("%v, %s: %q shows in\n%s", credential, path, needle, seen)
				}
			}
		}
	}
}

func TestValueIsReadBeforeItIsMasked(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"account":1234567890,"state":"draft"}`)
	}))
	defer server.Close()
	client := New(Options{})
	defer client.Close()
	reply := client.Send(context.Background(), Request{URL: server.URL, Origin: server.URL, Credential: Bearer(NewSecret("1234567890"))})
	body, ok := reply.Body.(map[string]any)
	if !ok || body["account"] != Mask || body["state"] != "draft" || reply.Text != `{"account":"***","state":"draft"}` {
		t.Errorf("got %v, %q (%s)", reply.Body, reply.Text, reply.Undecodable)
	}
}

func TestSecretFields(t *testing.T) {
	bodies := map[string]string{
		"hands out":  `{"access_token":"brand-new-token","data":[{"api_key":"k1","id":7},{"api_key":{"public":"p","private":"deep-private-key"},"id":8}]}`,
		"duplicate":  `{"access_token":"first-new-token","access_token":"second-new-token"}`,
		"broken":     `{"access_token":"broken-new-token"} trailing`,
		"cut":        `{"id":1,"access_token":"cut-new-tok`,
		"lines":      "{\"access_token\":\"line-new-token\"}\n{\"id\":2}\n",
		"repeats it": `{"id":1,"note":"your token is brand-new-token, your key deep-private-key"}`,
		"in XML":     `<reply><s:access_token kind="x">xml-new-token</s:access_token><b>xml-new-token</b></reply>`,
		"in text":    `{\"access_token\":\"quoted-new-token\"} access_token=loose-new-token&x=1`,
		"a form":     `data%5Bapi_key%5D=form-new-token&id=7`,
	}
	types := map[string]string{"lines": "application/x-ndjson", "in XML": "application/xml", "in text": "text/plain", "a form": "application/x-www-form-urlencoded"}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		which := r.URL.Query().Get("which")
		w.Header().Set("Content-Type", cmp.Or(types[which], "application/json"))
		for _, token := range []string{"brand-new-token", "deep-private-key", "broken-new-token", "xml-new-token", "form-new-token"} {
			if strings.Contains(bodies[which], token) {
				w.Header().Add("X-Also", token) // a header comes before the body that makes it known
			}
		}
		if which == "cut" {
			w.Header().Set("Content-Length", "1000")
		}
		_, _ = io.WriteString(w, bodies[which])
	}))
	defer server.Close()
	client := New(Options{SecretFields: [][]string{{"access_token"}, {"data", "api_key"}}})
	defer client.Close()
	for _, which := range []string{"hands out", "duplicate", "broken", "cut", "lines", "repeats it", "in XML", "in text", "a form"} {
		reply := client.Send(context.Background(), Request{
			URL:    server.URL + "?which=" + url.QueryEscape(which),
			Method: "POST", Body: []byte(`{"access_token":"sent-new-token"}`),
		})
		exchange, err := json.Marshal(reply.Exchange)
		if err != nil {
			t.Fatal(err)
		}
		seen := string(exchange) + fmt.Sprint(reply.Body, reply.Text, reply.Header)
		for _, needle := range []string{"new-tok", "k1", "deep-private"} {
			if strings.Contains(seen, needle) {
				t.Errorf("%s: %q shows in\n%s", which, needle, seen)
			}
		}
		if which == "hands out" && !strings.Contains(reply.Text, `"id":8`) {
			t.Errorf("what is not secret is gone, too: %s", reply.Text)
		}
	}
}
