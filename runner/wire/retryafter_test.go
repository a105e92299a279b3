package wire

import (
	"net/http"
	"testing"
	"time"
)

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	tests := []struct {
		name, after, date string
		want              time.Duration
		ok                bool
	}{
		{name: "none"},
		{name: "seconds", after: "7", want: 7 * time.Second, ok: true},
		{name: "zero", after: "0", ok: true},
		{name: "fraction", after: "0.5", want: 500 * time.Millisecond, ok: true},
		{name: "negative", after: "-5"},
		{name: "huge", after: "99999999999999999999999999", want: LongestRetryAfter, ok: true},
		{name: "exponent", after: "1e9"},
		{name: "word", after: "soon"},
		{name: "dots", after: "..."},
		{name: "date by our clock", after: at(time.Minute), want: time.Minute, ok: true},
		{name: "date by their clock", after: at(time.Minute), date: at(30 * time.Second), want: 30 * time.Second, ok: true},
		{name: "date gone by", after: at(-time.Hour), ok: true},
		{name: "date far away", after: at(1000 * time.Hour), want: LongestRetryAfter, ok: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			header := http.Header{"Retry-After": {test.after}, "Date": {test.date}}
			if got, ok := ParseRetryAfter(header, now); got != test.want || ok != test.ok {
				t.Errorf("got %v %v, want %v %v", got, ok, test.want, test.ok)
			}
		})
	}
}

func FuzzParseRetryAfter(f *testing.F) {
	f.Add("7", "")
	f.Add("Wed, 02 Jan 2030 03:04:05 GMT", "Wed, 02 Jan 2030 03:04:05 GMT")
	f.Add("0.0000000000000000000000001", "x")
	f.Fuzz(func(t *testing.T, after, date string) {
		wait, ok := ParseRetryAfter(http.Header{"Retry-After": {after}, "Date": {date}}, time.Unix(0, 0))
		if wait < 0 || wait > LongestRetryAfter || !ok && wait != 0 {
			t.Errorf("%q %q: %v %v", after, date, wait, ok)
		}
	})
}
