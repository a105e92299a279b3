package history

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func runsAreListedNewestFirst(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
	for i, id := range []string{"bbbb", "aaaa", "cccc"} {
		run := sample(id, i)
		run.Started = run.Started.Add(time.Duration(i) * time.Nanosecond)
		if err := s.Save(ctx, run); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := s.Runs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range runs {
		got = append(got, fmt.Sprint(r.ID, r.Counts.Lied))
	}
	if want := []string{"cccc2", "aaaa1", "bbbb0"}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func runsAreFiltered(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
	for at, each := range []struct{ suite, target string }{{"a", "live"}, {"b", "live"}, {"b", "sandbox"}} {
		run := sample(fmt.Sprintf("000%d", at), 1)
		run.Suite, run.Target, run.Started = each.suite, each.target, run.Started.Add(time.Duration(at)*time.Minute)
		if err := s.Save(ctx, run); err != nil {
			t.Fatal(err)
		}
	}
	for _, each := range []struct {
		f    Filter
		want string
	}{
		{Filter{}, "0002 0001 0000"},
		{Filter{Limit: 2}, "0002 0001"},
		{Filter{Suite: "b"}, "0002 0001"},
		{Filter{Target: "live"}, "0001 0000"},
		{Filter{Suite: "b", Target: "live", Limit: 5}, "0001"},
		{Filter{Suite: "c"}, ""},
	} {
		runs, err := s.List(ctx, each.f)
		var got []string
		for _, r := range runs {
			got = append(got, r.ID)
		}
		if strings.Join(got, " ") != each.want || err != nil {
			t.Errorf("%+v gives %v, %v; want %s", each.f, got, err, each.want)
		}
	}
}
