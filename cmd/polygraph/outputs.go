package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/runner/report"
)

// toStdout is the file's name that stands for standard output.
const toStdout = "-"

// Outputs are the forms in which a run is wanted, and where each goes.
type outputs struct {
	files map[string]*string // by form; only those that are wanted have a text
	limit *int               // of Markdown; 0: what the place takes
}

// flags defines a flag for each of these forms.
func (o *outputs) flags(cmd *cobra.Command, names ...string) {
	o.files = map[string]*string{}
	for _, f := range formats() {
		if slices.Contains(names, f.name) {
			o.files[f.name] = cmd.Flags().String(f.name, "", f.usage)
		}
	}
	o.limit = cmd.Flags().Int("limit", 0, "cut the Markdown at so many `BYTES`, in place of what a comment on GitHub takes")
}

// wanted are the forms that were asked for, in the table's order.
func (o outputs) wanted() []format {
	return slices.DeleteFunc(formats(), func(f format) bool { return o.file(f.name) == "" })
}

// file is where a form goes, "" where it was not asked for.
func (o outputs) file(name string) string {
	if file := o.files[name]; file != nil {
		return *file
	}
	return ""
}

// printed are the forms that go to standard output.
func (o outputs) printed() []string {
	var names []string
	for _, f := range o.wanted() {
		if o.file(f.name) == toStdout {
			names = append(names, "--"+f.name)
		}
	}
	return names
}

// check says what cannot be, before anything is done: two texts in one place. Besides
// is what goes to standard output anyway.
func (o outputs) check(besides ...string) error {
	if printed := append(besides, o.printed()...); len(printed) > 1 {
		return fmt.Errorf("%s would all be printed on standard output\nhint: give all but one a file, such as %s FILE", strings.Join(printed, " and "), printed[len(printed)-1])
	}
	taken := map[string]string{}
	for _, f := range o.wanted() {
		file := filepath.Clean(o.file(f.name))
		if other := taken[file]; other != "" {
			return fmt.Errorf("--%s and --%s would both be written to %s", other, f.name, file)
		}
		taken[file] = f.name
	}
	switch {
	case *o.limit != 0 && o.file("markdown") == "":
		return errors.New("--limit is of --markdown")
	case *o.limit != 0 && *o.limit < report.LeastLimit:
		return fmt.Errorf("--limit %d leaves no room for anything; it must be at least %d", *o.limit, report.LeastLimit)
	}
	return nil
}

// checkOfCell says which forms cannot be written of one cell: what they say of a lie needs
// the other accounts.
func (o outputs) checkOfCell(run string) error {
	for _, f := range o.wanted() {
		if !f.cell {
			return fmt.Errorf("--%s is of a whole run\nhint: polygraph report %s --%s FILE", f.name, run, f.name)
		}
	}
	return nil
}

// A draft is a report that will be there complete or not at all. It is opened before
// anything is sent, so that a folder that cannot be written costs no act.
type draft struct {
	format
	path  string // "" for standard output
	draft string
	out   io.Writer
	limit int
	added bool // to what the file holds already: a summary to which every step of a job adds
}

type drafts []draft

// open opens a draft beside each file to be.
func (c *console) open(o outputs) (drafts, error) {
	var all drafts
	for _, f := range o.wanted() {
		d := draft{format: f, out: c.out, limit: cmp.Or(*o.limit, report.CommentLimit)}
		if file := o.file(f.name); file != toStdout {
			err := c.summary(&d, file, *o.limit)
			if err == nil && !d.added {
				err = d.place(file)
			}
			if err != nil {
				all.discard()
				return nil, fmt.Errorf("write %s: %w", f.title, err)
			}
		}
		all = append(all, d)
	}
	return all, nil
}

// summary sees whether a file is the summary of a step on GitHub, which is read when the step
// is over, and how much room is left in it.
func (c *console) summary(d *draft, file string, limit int) error {
	if place, ok := c.value("GITHUB_STEP_SUMMARY"); !ok || place != file || d.name != "markdown" {
		return nil
	}
	d.path, d.added = file, true
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) || err == nil && limit > 0 {
		d.limit = cmp.Or(limit, report.SummaryLimit)
		return nil
	}
	if err == nil {
		d.limit = max(report.SummaryLimit-int(info.Size())-1, report.LeastLimit)
	}
	return err
}

// add adds a report to the file.
func (d draft) add(from source) error {
	file, err := os.OpenFile(d.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	_, err = io.WriteString(file, "\n") // what stands there need not end with one
	if err == nil {
		err = d.format.write(file, from)
	}
	return errors.Join(err, file.Close())
}

func (d *draft) place(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder", path)
	}
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no folder %s", filepath.Dir(path))
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	d.path, d.draft = path, file.Name()
	if err := file.Close(); err != nil {
		return errors.Join(err, os.Remove(d.draft))
	}
	return nil
}

// write writes all of them, each into its place when it is whole and on the disk. One
// that cannot be written does not stop the others.
func (all drafts) write(from source) error {
	var errs []error
	for _, d := range all {
		if err := d.write(from); err != nil {
			errs = append(errs, fmt.Errorf("write %s: %w", d.title, err))
		}
	}
	return errors.Join(errs...)
}

func (d draft) write(from source) error {
	from.limit = d.limit
	switch {
	case d.path == "":
		return d.format.write(d.out, from)
	case d.added:
		return d.add(from)
	}
	err := d.fill(from)
	if err == nil {
		err = os.Chmod(d.draft, 0o644) // a draft is the user's alone; a report is for the build
	}
	if err == nil {
		err = os.Rename(d.draft, d.path)
	}
	if err != nil {
		_ = os.Remove(d.draft) // it is not wanted; the error that matters is given
	}
	return err
}

// fill writes the report, and has it on disk before it takes the place of a former one.
func (d draft) fill(from source) error {
	file, err := os.OpenFile(d.draft, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	err = d.format.write(file, from)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// discard removes drafts that are not wanted.
func (all drafts) discard() {
	for _, d := range all {
		if d.draft != "" {
			_ = os.Remove(d.draft) // nothing is in it
		}
	}
}
