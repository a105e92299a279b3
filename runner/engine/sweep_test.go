package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/journal"
)

const (
	ourMarker   = "pgaaaaaaaaaaaa" // its last two letters are worked out by marked
	otherMarker = "pgbbbbbbbbbbbb"
)

// TestSweep has what a crash may have left on the sandbox, as a journal tells of it,
// swept: only what carries its marker where it was made goes.
func TestSweep(t *testing.T) {
	t.Parallel()
	ours, theirs := marked(ourMarker), marked(otherMarker)
	for _, each := range []struct {
		name   string
		on     string // account that has the review; "" for none
		title  string
		intent journal.Intent // over the usual one
		then   func(key string) []journal.Record
		how    journal.How // "" for left
		why    string      // part of it
		stands bool        // the review is there afterwards
	}{
		{name: "its key is known", on: "shop-rome", title: "Solid " + ours, then: replied(201), how: journal.ReadBackGone},
		{name: "the crash came before the reply", on: "shop-rome", title: "Solid " + ours, how: journal.ReadBackGone},
		{name: "the crash came in the middle of deleting", on: "shop-rome", title: "Solid " + ours, how: journal.ReadBackGone,
			then: func(key string) []journal.Record {
				return append(replied(201)(key), journal.Made{ID: ours, Key: key}, journal.Deleting{ID: ours, Key: key})
			}},
		{name: "the act put its own marker there", on: "shop-rome", title: "Edited " + theirs,
			then: func(key string) []journal.Record {
				return append(replied(201)(key), journal.Changing{ID: ours, Fields: map[string]string{"title": "Edited " + theirs}})
			}, how: journal.ReadBackGone},
		{name: "nothing was made", how: journal.NeverMade},
		{name: "it was refused, and has no marker", intent: journal.Intent{MarkedFields: map[string]string{}}, how: journal.NeverMade,
			then: func(string) []journal.Record { return []journal.Record{journal.Replied{ID: ours, Status: 422}} }},
		{name: "without reply, key or marker", intent: journal.Intent{MarkedFields: map[string]string{}}, why: "carries no marker"},
		{name: "its marker is on another account", on: "shop-oslo", title: "Solid " + ours, how: journal.NeverMade, stands: true},
		{name: "the provider wrote something before its title", on: "shop-rome", title: "New: Solid " + ours, then: replied(201), why: "not as it was sent", stands: true},
		{name: "somebody quotes its title", on: "shop-rome", title: "Re: Solid " + ours, why: "not as it was sent", stands: true},
		{name: "its key is another thing's of ours", on: "shop-rome", title: "Solid " + theirs, then: replied(201), how: journal.NotOursAnyMore, stands: true},
		{name: "its key is a thing's without marker", on: "shop-rome", title: "Makes tea", then: replied(201), why: "does not carry its marker", stands: true},
		{name: "it never had a marker", on: "shop-rome", title: "Makes tea", intent: journal.Intent{MarkedFields: map[string]string{}},
			then: replied(201), why: "does not carry its marker", stands: true},
		{name: "without reply, key or marker, and nothing is like it", on: "shop-rome", title: "Makes tea", stands: true, how: journal.NeverMade,
			intent: journal.Intent{MarkedFields: map[string]string{}, Sent: `{"product": "p-100", "stars": 5}`}},
		{name: "without reply, key or marker, and somebody's is like it", on: "shop-rome", title: "Makes tea", stands: true, why: "just like it",
			intent: journal.Intent{MarkedFields: map[string]string{}, Sent: `{"product": "p-100", "stars": 3}`}},
		{name: "it was refused to nobody", intent: journal.Intent{Account: "nobody", Tested: "shop-rome"}, how: journal.NeverMade,
			then: func(string) []journal.Record { return []journal.Record{journal.Replied{ID: ours, Status: 401}} }},
		{name: "it was refused to nobody, and made", on: "shop-rome", title: "Solid " + ours, intent: journal.Intent{Account: "nobody", Tested: "shop-rome"}, how: journal.ReadBackGone,
			then: func(string) []journal.Record { return []journal.Record{journal.Replied{ID: ours, Status: 401}} }},
		{name: "it went astray", on: "shop-oslo", title: "Solid " + ours, intent: journal.Intent{Account: "shop-oslo", Astray: true},
			then: func(key string) []journal.Record { return []journal.Record{journal.Made{ID: ours, Key: key}} },
			why:  "did not send it", stands: true},
		{name: "it was promised, and may still come", intent: journal.Intent{Until: time.Now().Add(time.Hour)}, then: replied(202), why: "may still be made until"},
		{name: "it may have been promised, and may still come", intent: journal.Intent{Until: time.Now().Add(time.Hour)}, why: "may still be made until"},
		{name: "it was promised, and came", on: "shop-rome", title: "Solid " + ours, intent: journal.Intent{Until: time.Now().Add(time.Hour)}, then: replied(202), how: journal.ReadBackGone},
		{name: "it was promised, and its time is over", intent: journal.Intent{Until: time.Now().Add(-time.Minute)}, then: replied(202), how: journal.NeverMade},
		{name: "it might have been promised, and was refused", intent: journal.Intent{Until: time.Now().Add(time.Hour)}, then: replied(422), how: journal.NeverMade},
		{name: "its account is not in the suite any more", on: "shop-rome", title: "Solid " + ours, intent: journal.Intent{Account: "shop-atlantis"},
			then: replied(201), why: "no account", stands: true},
		{name: "its resource is not in the suite any more", on: "shop-rome", title: "Solid " + ours, intent: journal.Intent{Resource: "essay"},
			then: replied(201), why: "no resource", stands: true},
	} {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			key := ""
			if each.on != "" {
				key = b.post(t, each.on, each.title)
			}
			records := []journal.Record{usual(ours, each.intent)}
			if each.then != nil {
				records = append(records, each.then(key)...)
			}
			removed, left := b.sweep(t, records)
			switch {
			case each.how == "" && (len(left) != 1 || !strings.Contains(left[0].Why, each.why) || len(removed) > 0):
				t.Errorf("removed %+v, left %+v, want it left: %s", removed, left, each.why)
			case each.how != "" && (len(removed) != 1 || removed[0].How != each.how || len(left) > 0):
				t.Errorf("removed %+v, left %+v, want it %s", removed, left, each.how)
			}
			if stands := len(b.hub.Leftovers()) > 0; stands != each.stands {
				t.Errorf("it stands: %v, want %v", stands, each.stands)
			}
		})
	}
}

func replied(status int) func(string) []journal.Record {
	return func(key string) []journal.Record {
		return []journal.Record{journal.Replied{ID: marked(ourMarker), Status: status, Key: key}}
	}
}

// marked completes a marker.
func marked(body string) string {
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	sum := crc32.ChecksumIEEE([]byte(body[2:]))
	return body + string([]byte{letters[sum>>5&31], letters[sum&31]})
}

// usual is an intent of some while ago, with what a case says of it instead.
func usual(marker string, over journal.Intent) journal.Intent {
	of := journal.Intent{
		ID: marker, Cell: "7f3a/1", Account: "shop-rome", Resource: "review", Phase: journal.Act, Call: "POST /reviews",
		Marker: marker, MarkedFields: map[string]string{"title": "Solid " + marker}, At: time.Now().Add(-time.Hour),
		Astray: over.Astray, Tested: over.Tested, Sent: over.Sent, Until: over.Until,
	}
	if over.MarkedFields != nil {
		of.MarkedFields = over.MarkedFields
	}
	if over.Account != "" {
		of.Account = over.Account
	}
	if over.Resource != "" {
		of.Resource = over.Resource
	}
	return of
}

// post makes a review as anybody could, and waits until it is shown.
func (b *bench) post(t *testing.T, account, title string) string {
	t.Helper()
	reply := b.ask(t, account, "POST", "/reviews", fmt.Sprintf(`{"product":"p-100","stars":3,"title":%q}`, title))
	defer reply.Body.Close()
	var review struct{ ID json.Number }
	if err := json.NewDecoder(reply.Body).Decode(&review); err != nil || reply.StatusCode != http.StatusCreated {
		t.Fatalf("POST is answered %d: %v", reply.StatusCode, err)
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		seen := b.ask(t, account, "GET", "/reviews/"+review.ID.String(), "")
		seen.Body.Close()
		if seen.StatusCode == http.StatusOK {
			break
		}
	}
	time.Sleep(time.Second) // and in the list
	return review.ID.String()
}

func (b *bench) ask(t *testing.T, account, method, path, body string) *http.Response {
	t.Helper()
	request, err := http.NewRequest(method, b.server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer sandbox-"+account+"-token")
	request.Header.Set("Content-Type", "application/json")
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// sweep sweeps a journal with these records, whose run is over.
func (b *bench) sweep(t *testing.T, records []journal.Record) ([]journal.Removed, []journal.Thing) {
	t.Helper()
	j, err := journal.Open(t.TempDir(), "7f3a", journal.Header{Version: 1, Suite: "reviewhub", Provider: "reviewhub", Target: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		if err := j.Append(record); err != nil {
			t.Fatal(err)
		}
	}
	path := j.Path()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if j, err = journal.Resume(path); err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	o := engine.Options{Suite: b.suite, Target: b.suite.Targets[0], Server: b.server.URL, Credentials: map[string]map[string]string{}}
	for _, account := range reviewhub.Accounts() {
		o.Credentials[account.Name] = map[string]string{"bearer": account.Token}
	}
	removed, err := engine.Sweep(context.Background(), o, j, j.Things())
	if err != nil {
		t.Fatal(err)
	}
	return removed, j.Things()
}
