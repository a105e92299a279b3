package contracts

import (
	"fmt"
	"strconv"
)

// Limits bound what is sent to one account of a target. Zero means none.
type Limits struct {
	Rate        float64 // requests a second
	Concurrency int
	Writes      int // per run
}

// What a target that is not on this machine is held to where it does not say otherwise: slow
// enough for an account that people work with, and few enough writes to look at them all.
const (
	DefaultRate        = 5
	DefaultConcurrency = 4
	DefaultWrites      = 200
)

// Away are the limits of a target that is not on this machine: those that are not written are
// the defaults.
func (l Limits) Away() Limits {
	if l.Rate == 0 {
		l.Rate = DefaultRate
	}
	if l.Concurrency == 0 {
		l.Concurrency = DefaultConcurrency
	}
	if l.Writes == 0 {
		l.Writes = DefaultWrites
	}
	return l
}

// Lines writes limits as polygraph.yaml does: "rate 5/s".
func (l Limits) Lines() []string {
	var lines []string
	if l.Rate > 0 {
		lines = append(lines, "rate "+rateText(l.Rate))
	}
	if l.Concurrency > 0 {
		lines = append(lines, fmt.Sprintf("concurrency %d", l.Concurrency))
	}
	if l.Writes > 0 {
		lines = append(lines, fmt.Sprintf("writes_per_run %d", l.Writes))
	}
	return lines
}

// rateText chooses the unit in which a rate is one or more.
func rateText(rate float64) string {
	unit := "s"
	for _, next := range []string{"m", "h"} {
		if rate < 1 {
			rate, unit = rate*60, next
		}
	}
	return strconv.FormatFloat(rate, 'g', 6, 64) + "/" + unit
}
