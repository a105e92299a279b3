package verdict

import (
	"fmt"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

func TestClaimByStatus(t *testing.T) {
	table := map[contracts.Claim][]int{
		contracts.Done:     {200, 201, 203, 204, 205, 206},
		contracts.Accepted: {202},
		contracts.Unclear:  {0, 207, 301, 302, 303, 304, 307, 408, 502, 504, 520, 524, 527},
		contracts.Refused:  {400, 401, 403, 404, 409, 410, 418, 422, 425, 429, 451, 500, 501, 503, 507},
	}
	for want, statuses := range table {
		for _, status := range statuses {
			if got := Claim(&Act{Status: status}); got != want {
				t.Errorf("%d claims %s, want %s", status, got, want)
			}
		}
	}
}

func TestClaim(t *testing.T) {
	own := func(status Status, claim contracts.Claim) []ClaimOf { return []ClaimOf{{Status: status, Claim: claim}} }
	rows := []struct {
		name string
		act  Act
		want contracts.Claim
	}{
		{"303 with Location", Act{Status: 303, Location: true}, contracts.Accepted},
		{"no answer", Act{Failure: "timeout while waiting for the reply"}, contracts.Unclear},
		{"an answer that was cut", Act{Status: 200, Failure: "reset"}, contracts.Unclear},
		{"a body that says no", Act{Status: 200, Refusal: True}, contracts.Refused},
		{"a body that could not be asked", Act{Status: 200, Refusal: Unknown}, contracts.Unclear},
		{"a body that says no under a 4xx", Act{Status: 422, Refusal: True}, contracts.Refused},
		{"a body that means 429", Act{Status: 200, Throttled: True}, contracts.Refused},
		{"claims by code", Act{Status: 404, Claims: own(Status{Codes: []int{404}}, contracts.Done)}, contracts.Done},
		{"claims by class", Act{Status: 502, Claims: own(Status{Classes: []int{5}}, contracts.Refused)}, contracts.Refused},
		{"claims, and a body that says no", Act{Status: 202, Refusal: True, Claims: own(Status{Codes: []int{202}}, contracts.Done)}, contracts.Refused},
		{"claims of another status", Act{Status: 200, Claims: own(Status{Codes: []int{404}}, contracts.Done)}, contracts.Done},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := Claim(&row.act); got != row.want {
				t.Errorf("%s, want %s", got, row.want)
			}
		})
	}
}

func TestThrottledAndRetry(t *testing.T) {
	wait := time.Second
	rows := []struct {
		act              Act
		wanted           Status
		throttled, retry bool
	}{
		{Act{Status: 425}, Status{}, true, true},
		{Act{Status: 429}, Status{}, true, true},
		{Act{Status: 429}, Status{Codes: []int{429}}, true, false},
		{Act{Status: 429}, Status{Classes: []int{4}}, true, true},
		{Act{Status: 503}, Status{}, false, false},
		{Act{Status: 503, RetryIn: &wait}, Status{}, true, true},
		{Act{Status: 200, Throttled: True}, Status{}, true, true},
		{Act{Status: 200, Throttled: Unknown}, Status{}, false, false},
		{Act{Failure: "timeout"}, Status{}, false, false},
	}
	for _, row := range rows {
		t.Run(fmt.Sprint(row.act.Status, row.wanted), func(t *testing.T) {
			if got := Throttled(&row.act); got != row.throttled {
				t.Errorf("throttled %v", got)
			}
			if got := Retry(&Record{Act: &row.act, Wanted: Wanted{Status: row.wanted}}); got != row.retry {
				t.Errorf("retry %v", got)
			}
		})
	}
	if Throttled(nil) || Retry(&Record{}) {
		t.Error("no act is not throttled")
	}
}
