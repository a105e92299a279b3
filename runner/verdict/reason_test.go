package verdict

import (
	"testing"
	"time"
)

func TestTook(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 ms", 0: "0 ms", 340 * ms: "340 ms", time.Second: "1 s", 1240 * ms: "1.2 s", 10 * sec: "10 s", 61 * sec: "61 s",
		2 * time.Minute: "2 min", 125 * sec: "2 min 5 s", time.Hour: "60 min",
	} {
		if got := took(d); got != want {
			t.Errorf("%d: %q, want %q", d, got, want)
		}
	}
}

func TestSaid(t *testing.T) {
	for want, act := range map[string]*Act{
		"nothing was sent":                                    nil,
		"POST /reviews answered 201":                          {Call: "POST /reviews", Status: 201},
		"POST /reviews answered 200 with a body that says no": {Call: "POST /reviews", Status: 200, Refusal: True},
		"POST /reviews got no answer: timeout":                {Call: "POST /reviews", Failure: "timeout"},
	} {
		if got := said(act); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
