package engine

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestCrowdWaitsForNoSlowProvider has every request of a small crowd hang: those behind
// them go out all the same, while none of them has been answered.
func TestCrowdWaitsForNoSlowProvider(t *testing.T) {
	t.Parallel()
	const asked = 12
	arrived, answer := make(chan struct{}, asked), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-answer
	}))
	defer slow.Close()
	e := desk{}.engine(newClerk(t, nil))
	e.crowd = newCrowd(2)
	for range asked {
		go e.send(t.Context(), e.eyes["ada"], &request{method: "GET", url: slow.URL})
	}
	defer close(answer)
	for i := range asked {
		select {
		case <-arrived:
		case <-time.After(20 * time.Second):
			t.Fatalf("%d of %d requests went out while none was answered", i, asked)
		}
	}
}

func TestCrowdHoldsBack(t *testing.T) {
	t.Parallel()
	c := newCrowd(1)
	leave, err := c.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.enter(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("the second goes in: %v", err)
	}
	leave()
	leave() // and late: a slot is given back once
	for range 3 {
		again, err := c.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		again()
	}
}
