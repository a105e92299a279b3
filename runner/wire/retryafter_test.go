package wire

import (
	"net/http"
	"strconv"
	"strings"
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

// FuzzParseRetryAfter: a wait is never negative and never longer than allowed; whole seconds are taken as they are, to the
// digit and without end; a date counts from the reply's own, so that both clocks may be wrong together.
func FuzzParseRetryAfter(f *testing.F) {
	f.Add("7", "")
	f.Add("Wed, 02 Jan 2030 03:04:05 GMT", "Wed, 02 Jan 2030 03:04:05 GMT")
	f.Add("Wed, 02 Jan 2030 03:04:05 GMT", "Wed, 02 Jan 2030 03:03:05 GMT")
	f.Add("Wednesday, 02-Jan-30 03:04:05 GMT", "Wed Jan  2 03:04:05 2030")
	for _, seed := range []string{"0.0000000000000000000000001", "-1", "1e3", "0x10", "9999999999999999999999", " 5 ", "1.5.2", ".", "\u0661", "+3", "Infinity", "NaN"} {
		f.Add(seed, "x")
	}
	f.Fuzz(func(t *testing.T, after, date string) {
		now := time.Unix(1_000_000_000, 0)
		wait, ok := ParseRetryAfter(http.Header{"Retry-After": {after}, "Date": {date}}, now)
		if wait < 0 || wait > LongestRetryAfter || !ok && wait != 0 {
			t.Fatalf("%q %q: %v %v", after, date, wait, ok)
		}
		text := strings.TrimSpace(after)
		if text != "" && strings.Trim(text, "0123456789") == "" {
			want := LongestRetryAfter
			if digits := strings.TrimLeft(text, "0"); len(digits) < 6 {
				seconds, _ := strconv.Atoi("0" + digits) // up to 99999
				want = min(time.Duration(seconds)*time.Second, LongestRetryAfter)
			}
			if !ok || wait != want {
				t.Errorf("%q: %v %v, want %v", after, wait, ok, want)
			}
		}
		until, err := http.ParseTime(text)
		if sent, noDate := http.ParseTime(date); err == nil && noDate == nil {
			if later, ok := ParseRetryAfter(http.Header{"Retry-After": {after}, "Date": {date}}, now.Add(time.Hour)); !ok || later != wait {
				t.Errorf("%q %q depends on our clock: %v, %v", after, date, wait, later)
			}
			if apart := until.Sub(sent); apart >= 0 && apart <= LongestRetryAfter && apart != wait {
				t.Errorf("%q %q: %v, want %v", after, date, wait, apart)
			}
		}
	})
}
