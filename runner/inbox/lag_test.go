package inbox

import (
	"testing"
	"time"
)

func TestLagIsWhatFellIntoTheSpan(t *testing.T) {
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	p := &pulse{}
	p.woken(at(20), at(21)) // as good as in time
	p.woken(at(100), at(400))
	p.woken(at(1000), at(1500))
	for _, row := range []struct {
		name           string
		from, to, want int
	}{
		{"all of it", 0, 2000, 800},
		{"nothing before", 0, 100, 0},
		{"it begins in the first", 300, 900, 100},
		{"it ends in the second", 500, 1200, 200},
		{"it lies in the second", 1100, 1200, 100},
		{"nothing after", 1500, 3000, 0},
	} {
		if got, want := p.between(at(row.from), at(row.to)), time.Duration(row.want)*time.Millisecond; got != want {
			t.Errorf("%s: %s, want %s", row.name, got, want)
		}
	}
}

// A machine that is a little late all the time holds nothing up for long.
func TestLagIsThatOfTheLongestDelays(t *testing.T) {
	p, start := &pulse{}, time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	for ms := 0; ms < 6000; ms += 60 {
		p.woken(at(ms), at(ms+30))
	}
	p.woken(at(6000), at(7000))
	if got, want := p.between(at(0), at(8000)), (1000+(hands-1)*30)*time.Millisecond; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestLagKeepsTheLastDelays(t *testing.T) {
	p, start := &pulse{}, time.Now()
	for i := range mostLates + 1 {
		p.woken(start.Add(time.Duration(i)*time.Second), start.Add(time.Duration(i)*time.Second+punctual))
	}
	end := start.Add(mostLates*time.Second + punctual)
	if got := p.between(end.Add(-punctual), end); got != punctual || len(p.late) > mostLates {
		t.Errorf("the last delay is %s of %d", got, len(p.late))
	}
}
