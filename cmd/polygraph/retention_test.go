package main

import (
	"testing"
	"time"
)

func TestRetention(t *testing.T) {
	const day = 24 * time.Hour
	for _, each := range []struct {
		text           string
		evidence, runs time.Duration
		fails          bool
	}{
		{text: "90d", evidence: 90 * day, runs: 360 * day},
		{text: "90d,2y", evidence: 90 * day, runs: 730 * day},
		{text: "12h", evidence: 12 * time.Hour, runs: 48 * time.Hour},
		{text: "4w,4w", evidence: 28 * day, runs: 28 * day},
		{text: "0d", evidence: 0, runs: 0},
		{text: "70y", evidence: 70 * 365 * day, runs: 280 * 365 * day},
		{text: "71y", fails: true}, // four times as long is no duration any more
		{text: "9999999999999999999d", fails: true},
		{text: "2y,90d", fails: true},
		{text: "90", fails: true},
		{text: "-1d", fails: true},
		{text: "1.5d", fails: true},
		{text: "d", fails: true},
		{text: "", fails: true},
		{text: "1d,", fails: true},
		{text: "3m", fails: true}, // minutes or months?
	} {
		var r retention
		if err := r.Set(each.text); (err != nil) != each.fails {
			t.Errorf("%q: %v", each.text, err)
		}
		if !each.fails && (r.evidence != each.evidence || r.runs != each.runs || !r.set) {
			t.Errorf("%q is %+v", each.text, r)
		}
	}
}
