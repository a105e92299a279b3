package inbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/wire"
)

func open(t *testing.T, o Options) *Inbox {
	t.Helper()
	client := wire.New(wire.Options{SecretFields: [][]string{{"token"}}})
	client.Redactor().Add("a secret of ours")
	o.Client = client
	in, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); client.Close() })
	return in
}

func post(t *testing.T, address, body string) (status int, text string) {
	t.Helper()
	reply, err := http.Post(address, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	said, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode, string(said)
}

func TestBoxesAreApart(t *testing.T) {
	in := open(t, Options{})
	one, two := in.NewBox(), in.NewBox()
	since := time.Now()
	post(t, one.Address("pgmark", "published"), `{"n": 1}`)
	post(t, in.Address(), `{"n": 2}`)
	if status, _ := post(t, in.Address()+"/guessed/pgmark/published", `{"n": 3}`); status != 404 {
		t.Errorf("a guessed address is answered %d", status)
	}
	got := one.Deliveries(since)
	if len(got) != 2 || got[0].Shared || got[0].Name != "published" || !got[1].Shared || fmt.Sprint(got[0].Body) != "map[n:1]" {
		t.Errorf("%+v", got)
	}
	if got := two.Deliveries(since); len(got) != 1 || !got[0].Shared {
		t.Errorf("%+v", got)
	}
	if got := two.Deliveries(time.Now()); len(got) != 0 {
		t.Errorf("what came before: %+v", got)
	}
	if !one.In("see "+one.Address("x", "y")) || two.In(one.Address("x", "y")) {
		t.Error("a box does not know its address")
	}
	one.Forget()
	if status, _ := post(t, one.Address("pgmark", "published"), `{}`); status != 404 {
		t.Errorf("a forgotten address is answered %d", status)
	}
}

func TestWhatIsShownHoldsNoSecret(t *testing.T) {
	in := open(t, Options{})
	box := in.NewBox()
	const body = `{"note": "a secret of ours", "token": "handed-out-1"}`
	post(t, box.Address("m", "n"), body)
	d := box.Deliveries(time.Time{})[0]
	shown := fmt.Sprintf("%+v %v %v", *d.Exchange, d.Body, d.Header)
	for _, secret := range []string{"a secret of ours", "handed-out-1"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q stands in %s", secret, shown)
		}
	}
	if string(d.Raw) != body {
		t.Errorf("the raw bytes are %q", d.Raw)
	}
	if !d.Exchange.Received || d.Exchange.Number == 0 {
		t.Errorf("%+v", d.Exchange)
	}
	// What strangers post is masked there, and teaches nothing: else they would choose what reports hide.
	if text := in.options.Client.Redactor().MaskText("handed-out-1"); text != "handed-out-1" {
		t.Errorf("a delivery taught the redactor: %s", text)
	}
}

func TestBounds(t *testing.T) {
	in := open(t, Options{MaxBody: 100, MaxKept: 3})
	box, other := in.NewBox(), in.NewBox()
	since := time.Now()
	if status, _ := post(t, box.Address("m", "n"), strings.Repeat("x", 101)); status != 413 || box.Lost(since) == "" {
		t.Errorf("answered %d, lost %q", status, box.Lost(since))
	}
	if other.Lost(since) != "" {
		t.Error("what one box lost, another did not")
	}
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() { post(t, other.Address("m", "n"), `{}`) })
	}
	wait.Wait()
	if got := other.Deliveries(since); len(got) != 3 || other.Lost(since) == "" {
		t.Errorf("%d kept, lost %q", len(got), other.Lost(since))
	}
	other.Forget()
	if status, _ := post(t, box.Address("m", "n"), `{}`); status != 200 {
		t.Errorf("there is room again, and it is answered %d", status)
	}
	if status, _ := post(t, in.Address(), strings.Repeat("x", 101)); status != 413 || in.NewBox().Lost(since) == "" || in.NewBox().Lost(time.Now()) != "" {
		t.Error("what is lost at the shared address concerns all who listen then")
	}
}

// What comes slowly has begun to come: nobody may take it for missing. What comes in too
// large a number, or becomes too large, is lost, and takes no room.
func TestWhatIsOnItsWay(t *testing.T) {
	in := open(t, Options{MaxBytes: 400_000})
	box, other := in.NewBox(), in.NewBox()
	since := time.Now()
	body, pen := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if answer, err := http.Post(box.Address("m", "n"), "application/json", body); err == nil {
			answer.Body.Close()
		}
	}()
	if _, err := io.WriteString(pen, `{"a": `); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); box.Lost(since) == "" && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if why := box.Lost(since); !strings.Contains(why, "begun to come") || other.Lost(since) != "" || len(box.Deliveries(since)) != 0 {
		t.Errorf("it is coming, and lost is %q and %q", why, other.Lost(since))
	}
	if _, err := io.WriteString(pen, `1}`); err != nil {
		t.Fatal(err)
	}
	pen.Close()
	<-done
	if why := box.Lost(since); why != "" || len(box.Deliveries(since)) != 1 {
		t.Errorf("it came, and lost is %q", why)
	}
	for range 10 {
		post(t, other.Address("m", "n"), "["+strings.Repeat("{},", 1000)+"{}]")
	}
	if got := len(other.Deliveries(since)); got != 2 || other.Lost(since) == "" || box.Lost(since) != "" {
		t.Errorf("%d are kept, and lost is %q", got, other.Lost(since))
	}
	box.Forget()
	other.Forget()
	if in.kept != 0 || in.bytes != 0 || in.coming != 0 {
		t.Errorf("forgotten, and %d deliveries of %d bytes are kept", in.kept, in.bytes)
	}
}

func TestProve(t *testing.T) {
	in := open(t, Options{})
	if err := in.Prove(context.Background()); err != nil {
		t.Error(err)
	}
	for name, public := range map[string]string{"nobody": "http://127.0.0.1:1", "somebody else": elsewhere(t)} {
		if err := open(t, Options{Public: public, Proof: time.Second}).Prove(context.Background()); err == nil {
			t.Errorf("%s: an inbox that cannot be reached proved itself", name)
		}
	}
}

// elsewhere is a server that answers 200 to everything, and hands on nothing.
func elsewhere(t *testing.T) string {
	in := open(t, Options{})
	in.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {})
	return in.Address()
}

// A tunnel may hand a path on whole, or without its own part.
func TestPrefix(t *testing.T) {
	in := open(t, Options{Public: "https://tunnel.example/in/here/"})
	box := in.NewBox()
	for _, path := range []string{"/in/here/" + box.token + "/m/n", "/" + box.token + "/m/n", "/" + box.token + "/m/../n"} {
		if first, name := in.where(path); first != box.token || name != "n" {
			t.Errorf("%s: %q %q", path, first, name)
		}
	}
	for _, path := range []string{"/in/here", "/in/here/", "/"} {
		if first, _ := in.where(path); first != "" {
			t.Errorf("%s: %q", path, first)
		}
	}
}

func TestChallenges(t *testing.T) {
	in := open(t, Options{})
	box := in.NewBox()
	address := box.Address("m", "n")
	reply, err := http.Get(address + "?hub.mode=subscribe&hub.challenge=word-1")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(reply.Body)
	reply.Body.Close()
	if string(text) != "word-1" {
		t.Errorf("%s", text)
	}
	if _, text := post(t, address+"?validationToken=word%202", ""); text != "word 2" {
		t.Errorf("%s", text)
	}
	if _, text := post(t, address, `{"type": "url_verification", "challenge": "word-3"}`); text != "word-3" {
		t.Errorf("%s", text)
	}
	if got := box.Deliveries(time.Time{}); len(got) != 0 {
		t.Errorf("a question is no event: %+v", got)
	}
	if _, text := post(t, address, `{"type": "event", "challenge": "word-4"}`); text != "" || len(box.Deliveries(time.Time{})) != 1 {
		t.Errorf("an event was taken for a question: %s", text)
	}
}

// signedWith is the signature that a scheme wants, in hex.
func signedWith(s Scheme, header http.Header, raw []byte, secret string) string {
	text, _ := s.signs(header, strings.Join(header.Values(s.Header), ","), raw)
	mac := hmac.New(s.hash(), []byte(secret))
	mac.Write(text)
	return hex.EncodeToString(mac.Sum(nil))
}

func TestSignatures(t *testing.T) {
	const body, secret = `{"a":1}`, "quite-secret"
	plain := Scheme{Header: "x-signature", Signs: "{body}", Hash: "sha256"}
	sum := func(s Scheme, header http.Header, key string) string { return signedWith(s, header, []byte(body), key) }
	timed := Scheme{Header: "x-signature", Signs: "{t}.{body}", Hash: "sha256"}
	standard := Scheme{Header: "webhook-signature", Signs: "{webhook-id}.{webhook-timestamp}.{body}", Hash: "sha256"}
	ids := http.Header{"Webhook-Id": {"msg_1"}, "Webhook-Timestamp": {"1700000000"}}
	for _, row := range []struct {
		name   string
		s      Scheme
		header http.Header
		want   bool
	}{
		{"hex", plain, http.Header{"X-Signature": {sum(plain, nil, secret)}}, true},
		{"hex in capitals", plain, http.Header{"X-Signature": {strings.ToUpper(sum(plain, nil, secret))}}, true},
		{"with its hash", plain, http.Header{"X-Signature": {"sha256=" + sum(plain, nil, secret)}}, true},
		{"one of two", plain, http.Header{"X-Signature": {"sha256=" + sum(plain, nil, "older") + ", sha256=" + sum(plain, nil, secret)}}, true},
		{"in two headers", plain, http.Header{"X-Signature": {sum(plain, nil, "older"), sum(plain, nil, secret)}}, true},
		{"another secret", plain, http.Header{"X-Signature": {sum(plain, nil, "older")}}, false},
		{"none", plain, http.Header{}, false},
		{"empty", plain, http.Header{"X-Signature": {""}}, false},
		{"half of it", plain, http.Header{"X-Signature": {sum(plain, nil, secret)[:32]}}, false},
		{"with its time", timed, http.Header{"X-Signature": {"t=1700000000,v1=" + sum(timed, http.Header{"X-Signature": {"t=1700000000"}}, secret)}}, true},
		{"with another time", timed, http.Header{"X-Signature": {"t=1700000001,v1=" + sum(timed, http.Header{"X-Signature": {"t=1700000000"}}, secret)}}, false},
		{"without its time", timed, http.Header{"X-Signature": {"v1=" + sum(plain, nil, secret)}}, false},
		{"two headers", standard, http.Header{"Webhook-Id": {"msg_1"}, "Webhook-Timestamp": {"1700000000"}, "Webhook-Signature": {"v1," + sum(standard, ids, secret)}}, true},
		{"two headers, one missing", standard, http.Header{"Webhook-Id": {"msg_1"}, "Webhook-Signature": {"v1," + sum(standard, ids, secret)}}, false},
	} {
		if got := row.s.Signed(row.header, []byte(body), []string{"not it", secret}); got != row.want {
			t.Errorf("%s: %v", row.name, got)
		}
		if row.s.Signed(row.header, bytes.ToUpper([]byte(body)), []string{secret}) {
			t.Errorf("%s: fits other bytes", row.name)
		}
		if row.s.Signed(row.header, []byte(body), nil) {
			t.Errorf("%s: fits no secret at all", row.name)
		}
	}
	// RFC 4231, test case 2.
	rfc := Scheme{Header: "x-signature", Signs: "{body}", Hash: "sha256"}
	for _, written := range []string{"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=", "sha256=W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM"} {
		if !rfc.Signed(http.Header{"X-Signature": {written}}, []byte("what do ya want for nothing?"), []string{"Jefe"}) || !rfc.Signed(http.Header{"X-Signature": {written}}, []byte("what do ya want for nothing?"), []string{"whsec_SmVmZQ=="}) {
			t.Errorf("%s does not fit", written)
		}
	}
}
