package report

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// har is a HAR as its readers take it.
type har struct {
	Log struct {
		Pages   []struct{ ID, Title string }
		Entries []struct {
			Page     string `json:"pageref"`
			Comment  string
			Time     float64
			Exchange int64  `json:"_exchange"`
			Error    string `json:"_error"`
			Request  struct {
				Method, URL string
				Query       []harPair `json:"queryString"`
				Body        struct{ Text string }
			}
			Response struct {
				Status  int
				Content struct{ Text, Encoding string }
			}
		}
	}
}

func harOf(t testing.TB, run *engine.Finished, cells Results) (string, har) {
	t.Helper()
	var out strings.Builder
	if err := HAR(&out, run, cells); err != nil {
		t.Fatal(err)
	}
	var read har
	if err := json.Unmarshal([]byte(out.String()), &read); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return out.String(), read
}

// exchanged is the incident with all that went over the line.
func exchanged() *engine.Finished {
	run := incident(2, 2)
	run.Results = append(run.Results, lied(5, publishing, "shop-oslo"))
	r := run.Results[len(run.Results)-1]
	at := func(ms int) (time.Time, time.Time) {
		sent := noon.Add(time.Duration(ms) * time.Millisecond)
		return sent, sent.Add(4 * time.Millisecond)
	}
	r.Exchanges = nil
	for i, number := range []int64{15, 16, 17, 18, 19, 20} {
		x := &wire.Exchange{
			Number: number, Eyes: "shop-oslo", Call: "publishReview", Method: "GET", URL: "http://127.0.0.1:8080/reviews/8841?a=1&b=%20x&b=2", Status: 200,
			Proto: "HTTP/1.1", RequestHeader: wire.Head{{Name: "Authorization", Value: "***"}}, ReplyHeader: wire.Head{{Name: "Content-Type", Value: "application/json"}},
			ReplyBody: `{"id":8841}`,
		}
		x.SentAt, x.SaidAt = at(i * 100)
		r.Exchanges = append(r.Exchanges, x)
	}
	r.Exchanges[0].Method, r.Exchanges[0].RequestBody = "POST", `{"product":"p-100"}`
	r.Exchanges[2].Method = "POST"
	r.Exchanges[5].Method, r.Exchanges[5].Status = "DELETE", 0
	r.Exchanges[5].Failure = &wire.Failure{Phase: wire.PhaseFirstByte, Kind: wire.KindReset, Message: "connection reset"}
	return run
}

func TestHAR(t *testing.T) {
	text, read := harOf(t, exchanged(), ResultsOf(exchanged()))
	golden(t, "incident.har", versionless(text))
	follows(t, schemaOf(t, "har/har.json"), text)
	var steps []string
	for _, entry := range read.Log.Entries {
		if entry.Page == "cell_5" {
			_, step, _ := strings.Cut(entry.Comment, " ")
			steps = append(steps, strings.Fields(step)[0])
		}
	}
	if got, want := strings.Join(steps, " "), "given before act watch watch clean-up"; got != want {
		t.Errorf("the steps are %s, want %s", got, want)
	}
}

// What is not text goes through as it was, and an address need not be one.
func TestHAROfOddExchanges(t *testing.T) {
	run := exchanged()
	x := run.Results[len(run.Results)-1].Exchanges[0]
	x.URL, x.Method, x.ReplyBody = "::no address?%zz&=&q", hostile, "\xff\x00"
	text, read := harOf(t, run, ResultsOf(run))
	follows(t, schemaOf(t, "har/har.json"), text)
	for _, entry := range read.Log.Entries {
		if entry.Exchange == 15 && (entry.Response.Content.Text != "/wA=" || entry.Response.Content.Encoding != "base64" || len(entry.Request.Query) != 3) {
			t.Errorf("it reads back as %+v", entry)
		}
	}
}

// A store that fails in the middle makes no archive that looks whole.
func TestHAREndsWithTheStoresError(t *testing.T) {
	run, lost := exchanged(), errors.New("the store is gone")
	var out strings.Builder
	err := HAR(&out, run, func(yield func(*engine.Result, error) bool) {
		_ = yield(run.Results[0], nil) && yield(nil, lost)
	})
	if !errors.Is(err, lost) {
		t.Errorf("it gives %v", err)
	}
}
