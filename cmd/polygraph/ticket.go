package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/history"
	"github.com/polygraph-dev/polygraph/runner/report"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// The files of a ticket.
const (
	ticketFile   = "ticket.md"
	evidenceFile = "evidence.json"
	archiveFile  = "cell.har"
	scriptFile   = "reproduce.sh"
)

// A ticketOrder is how `polygraph ticket` was asked.
type ticketOrder struct {
	out    string // the folder
	verify string // the file, or the folder
}

func ticketCommand(c *console) *cobra.Command {
	var o ticketOrder
	cmd := &cobra.Command{
		Use:   "ticket RUN/CELL",
		Short: "A support ticket that the provider cannot argue with",
		Long: `Ticket writes what a provider's support needs of one lie that was kept in .polygraph: what
was sent, what was claimed, what was seen, by whom and when in UTC, the ids of the
requests, what other accounts saw, the suspected cause, how to see it again with curl,
and what would prove it wrong.

With --out it fills a folder: ticket.md, evidence.json (every request and reply, with the
hash that the ticket names), cell.har, and reproduce.sh, which plays the lie and its
control, an account that was told the truth, and removes what it has made. Secrets were
masked before anything was kept, and are variables in the script.

With --verify it looks at such a folder, or evidence.json: whether the evidence is what
the ticket names, and whether the judge comes to the same verdict from it.`,
		Example: `  polygraph ticket last/12
  polygraph ticket 7f3a/12 --out ./ticket
  polygraph ticket --verify ./ticket`,
		Args: func(cmd *cobra.Command, args []string) error {
			if o.verify != "" {
				return exactly()(cmd, args)
			}
			return exactly("a cell, such as last/12")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.verify != "" {
				return c.verifyTicket(o.verify)
			}
			return c.ticket(cmd.Context(), args[0], o.out)
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			return c.accusedCells(cmd.Context(), args, typed)
		},
	}
	cmd.Flags().StringVar(&o.out, "out", "", "write the ticket and its evidence to `FOLDER`")
	cmd.Flags().StringVar(&o.verify, "verify", "", "look whether the evidence in `FILE`, or a folder, is what its ticket says")
	cmd.MarkFlagsMutuallyExclusive("out", "verify")
	return cmd
}

func (c *console) ticket(ctx context.Context, name, folder string) error {
	e, err := c.evidence(ctx, name)
	if err != nil {
		return err
	}
	if folder == "" {
		return report.Ticket(c.out, e)
	}
	return c.ticketFolder(e, folder)
}

// evidence gathers what was kept of a cell and of its control.
func (c *console) evidence(ctx context.Context, name string) (*report.Evidence, error) {
	run, r, store, err := c.keptCell(ctx, name)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	if !run.Pruned.IsZero() {
		return nil, fmt.Errorf("what was sent and read in run %s is gone, and a ticket without it proves nothing\nhint: --keep let go of it on %s; run the contract again", run.ID, run.Pruned.Format(time.DateOnly))
	}
	if !report.Accuses(r) {
		return nil, nothingToTell(run, r)
	}
	control := report.Control(run, r)
	if control != nil {
		if _, control, err = store.Cell(ctx, run.ID, control.Number); err != nil {
			return nil, err
		}
	}
	return report.EvidenceOf(run, r, control, report.Cause(run, r)), nil
}

// keptCell reads the cell that a name like last/12 means, with its exchanges. Close the store.
func (c *console) keptCell(ctx context.Context, name string) (*engine.Finished, *engine.Result, *history.Store, error) {
	id, number, err := keptName(name)
	if err == nil && number == 0 {
		err = fmt.Errorf("%q is a whole run: name one cell of it, like %s/12\nhint: polygraph show %s lists them", id, id, id)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	store, err := c.readHistory()
	if err != nil {
		return nil, nil, nil, err
	}
	run, r, err := store.Cell(ctx, id, number)
	if err != nil {
		store.Close()
		return nil, nil, nil, err
	}
	lookBack(ctx, store, run)
	return run, r, store, nil
}

// nothingToTell says why there is no ticket of a cell.
func nothingToTell(run *engine.Finished, r *engine.Result) error {
	why := fmt.Sprintf("cell %s/%d was kept: there is nothing to tell the provider", run.ID, r.Number)
	hint := fmt.Sprintf("polygraph show %s lists the cells; those that lied or are broken have a ticket", run.ID)
	if r.Verdict.Class == verdict.Inconclusive {
		why = fmt.Sprintf("cell %s/%d is inconclusive (%s): it accuses nobody, so there is no ticket", run.ID, r.Number, r.Verdict.Kind)
		hint = fmt.Sprintf("polygraph show %s/%d says what would settle it", run.ID, r.Number)
	}
	return fmt.Errorf("%s\nhint: %s", why, hint)
}

// ticketFolder writes the ticket and what belongs to it.
func (c *console) ticketFolder(e *report.Evidence, folder string) error {
	files, err := ticketFiles(e)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for _, f := range files { // all before any: half a ticket beside half of another proves nothing
		if old, err := os.ReadFile(filepath.Join(folder, f.name)); err == nil && !bytes.Equal(old, f.text) {
			return fmt.Errorf("%s holds another %s already\nhint: name a new folder; nothing was written", folder, f.name)
		}
	}
	for _, f := range files {
		mode := fs.FileMode(0o600)
		if f.name == scriptFile {
			mode = 0o700
		}
		path := filepath.Join(folder, f.name)
		if err := os.WriteFile(path, f.text, mode); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%-*s  %s\n", len(evidenceFile), f.name, f.is)
	}
	return nil
}

// A ticketPart is one file of a ticket.
type ticketPart struct {
	name string
	is   string
	text []byte
}

// ticketFiles are the files of a ticket, all made of its evidence.
func ticketFiles(e *report.Evidence) ([]ticketPart, error) {
	evidence, err := e.JSON()
	if err != nil {
		return nil, err
	}
	parts := []ticketPart{{name: evidenceFile, is: "every request and reply; SHA-256 " + report.HashOf(evidence), text: evidence}}
	for _, each := range []struct {
		name, is string
		write    func(io.Writer) error
	}{
		{ticketFile, "the ticket: send this", func(w io.Writer) error { return report.Ticket(w, e) }},
		{archiveFile, "the requests and replies as an HTTP Archive", e.Archive},
		{scriptFile, "plays it again with curl: the lie, and its control", e.Script},
	} {
		var text bytes.Buffer
		err := each.write(&text)
		if errors.Is(err, report.ErrNoScript) {
			continue
		}
		if err != nil {
			return nil, err
		}
		parts = append(parts, ticketPart{each.name, each.is, text.Bytes()})
	}
	return parts, nil
}

// verifyTicket tells whether the evidence in a folder is what its ticket says.
func (c *console) verifyTicket(path string) error {
	if state, err := os.Stat(path); err == nil && state.IsDir() {
		path = filepath.Join(path, evidenceFile)
	} else if strings.HasSuffix(path, ".md") {
		path = filepath.Join(filepath.Dir(path), evidenceFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the evidence: %w\nhint: polygraph ticket RUN/CELL --out FOLDER writes it", err)
	}
	e, hash, err := report.ReadEvidence(text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	fmt.Fprintf(c.out, "evidence  %s\nSHA-256   %s\n", report.Line(path), hash)
	bad := 0
	say := func(ok bool, good, wrong string) {
		if !ok {
			bad++
			good = "NOT SO: " + wrong
		}
		fmt.Fprintf(c.out, "%s\n", good)
	}
	ticket, err := os.ReadFile(filepath.Join(filepath.Dir(path), ticketFile))
	if err == nil {
		say(bytes.Contains(ticket, []byte(hash)), "ticket    names this evidence", "the ticket beside it names other evidence: one of the two was changed")
	} else {
		fmt.Fprintf(c.out, "ticket    none beside it: compare the hash with that of the ticket that you have\n")
	}
	again := e.Judged()
	was := e.Cell.Verdict
	say(again.Class == was.Class && again.Kind == was.Kind, "judged    "+verdictText(was)+", from the evidence alone, as the ticket says",
		"from the evidence the judge says "+verdictText(again)+", and the ticket "+verdictText(was))
	if bad > 0 {
		return exit(exitLied)
	}
	return nil
}

func verdictText(v verdict.Verdict) string {
	return report.Line(strings.TrimSpace(string(v.Class) + " " + string(v.Kind)))
}

// accusedCells completes cells that have a ticket: a run's name first, then those of it.
func (c *console) accusedCells(ctx context.Context, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	run, _, one := strings.Cut(typed, "/")
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	if !one {
		names := c.keptRuns(ctx)
		for i, name := range names {
			id, rest, described := strings.Cut(name, "\t")
			if names[i] = id + "/"; described {
				names[i] += "\t" + rest
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	store, err := c.readHistory()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer store.Close()
	found, err := store.Outline(ctx, run)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, r := range found.Results {
		if report.Accuses(r) {
			cell := r.Subject()
			names = append(names, fmt.Sprintf("%s/%d\t%s %s (%s)", run, r.Number, verdictText(r.Verdict), report.Line(cell.Contract), report.Line(cell.Account)))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
