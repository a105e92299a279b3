package engine_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// oneAccount keeps a run to what is settled soon.
func oneAccount(o *engine.Options) {
	o.Accounts, o.Contracts = []string{"shop-rome"}, []string{"A submitted review*", "Publishing*", "Deleting*"}
}

// TestIntentComesFirst looks into the journal whenever something that writes arrives
// at the provider: a marker that was never written down, or a deletion by the
// clean-up that was not, would be lost by a crash at that moment.
func TestIntentComesFirst(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var path string
	var opened *journal.Journal
	var makings atomic.Int64
	inner := b.server.Config.Handler
	b.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // what is cut off has no marker and fails the test
		r.Body = io.NopCloser(bytes.NewReader(body))
		if r.Method == http.MethodPost && r.URL.Path == "/reviews" {
			makings.Add(1)
			requireIntent(t, path, body)
		}
		inner.ServeHTTP(w, r)
	})
	results := b.run(t, func(o *engine.Options) {
		oneAccount(o)
		o.Journal = func(run string, header journal.Header) (engine.Journal, error) {
			var err error
			opened, err = journal.Open(t.TempDir(), run, header)
			path = opened.Path()
			return opened, err
		}
	})
	if makings.Load() < 4 {
		t.Errorf("only %d things were made", makings.Load())
	}
	for _, r := range results {
		if r.Verdict.Class != verdict.Kept {
			t.Errorf("with a journal: %s", describe(r))
		}
	}
	if things := opened.Things(); len(things) > 0 {
		t.Errorf("the journal says that there is %+v", things)
	}
	if err := opened.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a journal of which nothing is left is still there: %v", err)
	}
}

// requireIntent wants the markers of what is sent in the journal's file. What is sent
// without one must at least be in there by its request line.
func requireIntent(t *testing.T, path string, body []byte) {
	read, err := journal.Read(path)
	if err != nil {
		t.Error(err)
		return
	}
	markers := regexp.MustCompile(`pg[a-z2-7]{14}`).FindAllString(string(body), -1)
	for _, record := range read.Records {
		intent, ok := record.(journal.Intent)
		if ok && intent.Call == "POST /reviews" && intent.Tested == "shop-rome" && intent.Resource == "review" {
			if len(markers) == 0 || strings.Contains(string(body), intent.Marker) && len(intent.MarkedFields) > 0 {
				return
			}
		}
	}
	t.Errorf("sent before it was written down: %s", body)
}

// A brittleJournal fails for good at one of the records that are to be synced.
type brittleJournal struct {
	engine.Journal
	left   atomic.Int64 // records that are still taken
	broken atomic.Bool
}

var errDisk = errors.New("no space left on device")

func (j *brittleJournal) Append(record journal.Record) error {
	if j.left.Add(-1) < 0 {
		j.broken.Store(true)
	}
	if j.broken.Load() {
		return errDisk
	}
	return j.Journal.Append(record)
}

func (j *brittleJournal) Err() error {
	if j.broken.Load() {
		return errDisk
	}
	return nil
}

// TestNothingIsSentOnceTheJournalIsBroken has the disk fail at one of the first records.
func TestNothingIsSentOnceTheJournalIsBroken(t *testing.T) {
	t.Parallel()
	for _, taken := range []int64{0, 1, 2, 3} {
		b := newBench(t)
		brittle := &brittleJournal{}
		brittle.left.Store(taken)
		var late, writes atomic.Int64
		inner := b.server.Config.Handler
		b.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && r.URL.Path == "/reviews" || r.Method == http.MethodDelete {
				writes.Add(1)
				if brittle.broken.Load() {
					late.Add(1)
				}
			}
			inner.ServeHTTP(w, r)
		})
		var opened *journal.Journal
		results := b.run(t, func(o *engine.Options) {
			oneAccount(o)
			o.OneAtATime = true
			o.Contracts = []string{"Publishing*"}
			o.Journal = func(run string, header journal.Header) (engine.Journal, error) {
				var err error
				opened, err = journal.Open(t.TempDir(), run, header)
				brittle.Journal = opened
				return brittle, err
			}
		})
		if writes.Load() > taken || late.Load() > 0 {
			t.Errorf("with %d records on disk %d writes were sent, %d of them after the disk had failed", taken, writes.Load(), late.Load())
		}
		told := false
		left := 0
		for _, r := range results {
			left += len(r.Left)
			told = told || r.Record.Halt != nil && strings.Contains(r.Record.Halt.Why, errDisk.Error())
		}
		if !told && left == 0 {
			t.Errorf("with %d records on disk nobody says why the run ended", taken)
		}
		if stands := len(b.hub.Leftovers()); stands > len(opened.Things()) {
			t.Errorf("with %d records on disk %d things are there, and the journal knows %d", taken, stands, len(opened.Things()))
		}
		_ = opened.Close() // something is left in most of these
	}
}
