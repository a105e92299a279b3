package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// A benchOrder is what `polygraph bench` was asked for.
type benchOrder struct {
	cells    []int
	rounds   int
	settle   time.Duration
	json     bool
	markdown bool
	part     benchPart
}

func benchCommand(c *console) *cobra.Command {
	var o benchOrder
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Polygraph against the floor: what the evidence costs",
		Long: `Bench does one job twice, side by side: create a review, wait until it is visible,
compare it, list, delete, wait until it is gone. Once as a contract on so many accounts
that there are as many cells as --cells says, and once by bare goroutines with net/http
and encoding/json and a fixed 50 ms between two reads: the floor. The sandbox, the floor
and Polygraph are a process each, so that none pays for another; the whole command, with
loading, Ginkgo and history, is measured besides. Rounds alternate, medians are shown,
and beside them by how much the floor differs from itself: the machine's noise.

Every cell has to come out as kept, and nothing may be left behind; otherwise bench fails.
Not to meet a bar is a result and no failure. All of it stays on this machine.`,
		Example: `  polygraph bench
  polygraph bench --cells 10,100 --rounds 9
  polygraph bench --json`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.part.name != "" {
				return c.benchPart(cmd.Context(), o)
			}
			return c.bench(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.IntSliceVar(&o.cells, "cells", []int{10, 100, 1000, 10000}, "`NUMBERS` of cells, each measured by itself")
	flags.IntVar(&o.rounds, "rounds", 5, "`NUMBER` of rounds, of which the median counts")
	flags.DurationVar(&o.settle, "settle", 300*time.Millisecond, "how `LONG` a write takes to be visible, more or less")
	flags.BoolVar(&o.json, "json", false, "print one JSON document instead of the table")
	flags.BoolVar(&o.markdown, "markdown", false, "print the table as Markdown, with what it means")
	cmd.MarkFlagsMutuallyExclusive("json", "markdown")
	o.part.flags(flags)
	return cmd
}

// most is the largest number of cells: as many have a connection each, on a machine
// that may have some 28,000 of them.
const mostBenched = 20_000

func (o *benchOrder) flaw() error {
	switch {
	case len(o.cells) == 0 || slices.Min(o.cells) < 1 || slices.Max(o.cells) > mostBenched:
		return fmt.Errorf("--cells takes numbers from 1 to %d", mostBenched)
	case o.rounds < 1:
		return errors.New("--rounds takes 1 or more")
	case o.settle < time.Millisecond || o.settle > 2*time.Second:
		return errors.New("--settle takes 1ms to 2s")
	}
	return nil
}

func (c *console) bench(ctx context.Context, o benchOrder) error {
	if err := o.flaw(); err != nil {
		return err
	}
	ctx, release := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer release()
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	var rows []benchRow
	for _, cells := range o.cells {
		row, err := c.benchSize(ctx, program, cells, o)
		if ctx.Err() != nil {
			return exit(exitInterrupted)
		}
		if err != nil {
			return &failure{exitLied, fmt.Errorf("bench with %s: %w", counted(cells, "cell"), err)}
		}
		rows = append(rows, row)
	}
	return c.showBench(newBenchReport(o, rows), o)
}

// benchSize measures all sides with one number of cells. Who goes first changes
// with every round: a machine that becomes slower must not favour one of them.
func (c *console) benchSize(ctx context.Context, program string, cells int, o benchOrder) (benchRow, error) {
	row := benchRow{cells: cells, runs: map[string][]benchRun{}}
	for round := range o.rounds {
		sides := slices.Clone(benchSides)
		if round%2 == 1 {
			slices.Reverse(sides)
		}
		for _, side := range sides {
			if c.erases(c.err) {
				fmt.Fprintf(c.err, "\r%s, round %d of %d: %s\x1b[K", counted(cells, "cell"), round+1, o.rounds, side)
			}
			run, err := benchOnce(ctx, program, side, cells, o.settle)
			if c.erases(c.err) {
				fmt.Fprint(c.err, "\r\x1b[K")
			}
			if err != nil {
				return row, fmt.Errorf("%s: %w", side, err)
			}
			row.runs[side] = append(row.runs[side], run)
		}
	}
	return row, nil
}

// benchOnce measures one side once, on a sandbox and in a folder of its own.
func benchOnce(ctx context.Context, program, side string, cells int, settle time.Duration) (run benchRun, err error) {
	dir, err := os.MkdirTemp("", "polygraph-bench-")
	if err != nil {
		return run, err
	}
	defer os.RemoveAll(dir)
	sandbox, err := startBenchSandbox(ctx, program, cells, settle)
	if err != nil {
		return run, fmt.Errorf("start the sandbox: %w", err)
	}
	defer sandbox.kill()
	if err := writeBenchSuite(filepath.Join(dir, benchSuite), sandbox.address, cells); err != nil {
		return run, fmt.Errorf("write the suite: %w", err)
	}
	if run, err = runBenchSide(ctx, program, side, dir, sandbox.address, cells); err != nil {
		return run, err
	}
	seen, err := sandbox.end()
	switch {
	case err != nil:
		return run, fmt.Errorf("end the sandbox: %w", err)
	case seen.Left > 0:
		return run, fmt.Errorf("%s left behind", counted(seen.Left, "review"))
	case run.Requests > 0 && run.Requests != seen.Requests:
		return run, fmt.Errorf("%d requests were sent and %d arrived", run.Requests, seen.Requests)
	}
	run.Requests = seen.Requests
	return run, nil
}
