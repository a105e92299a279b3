package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/report"
)

// toStdout is the file's name that stands for standard output.
const toStdout = "-"

// Outputs are the forms in which a run is wanted, and where each goes.
type outputs struct {
	files map[string]*string // by form; only those that are wanted have a text
}

// flags defines a flag for each of these forms.
func (o *outputs) flags(cmd *cobra.Command, names ...string) {
	o.files = map[string]*string{}
	for _, f := range formats() {
		if slices.Contains(names, f.name) {
			o.files[f.name] = cmd.Flags().String(f.name, "", f.usage)
		}
	}
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
	return nil
}

// A draft is a report that will be there complete or not at all. It is opened before
// anything is sent, so that a folder that cannot be written costs no act.
type draft struct {
	format
	path  string // "" for standard output
	draft string
	out   io.Writer
}

type drafts []draft

// open opens a draft beside each file to be.
func (c *console) open(o outputs) (drafts, error) {
	var all drafts
	for _, f := range o.wanted() {
		d := draft{format: f, out: c.out}
		if file := o.file(f.name); file != toStdout {
			if err := d.place(file); err != nil {
				all.discard()
				return nil, fmt.Errorf("write %s: %w", f.title, err)
			}
		}
		all = append(all, d)
	}
	return all, nil
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
func (all drafts) write(run *engine.Finished, cells report.Results) error {
	var errs []error
	for _, d := range all {
		if err := d.write(run, cells); err != nil {
			errs = append(errs, fmt.Errorf("write %s: %w", d.title, err))
		}
	}
	return errors.Join(errs...)
}

func (d draft) write(run *engine.Finished, cells report.Results) error {
	if d.path == "" {
		return d.format.write(d.out, run, cells)
	}
	err := d.fill(run, cells)
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
func (d draft) fill(run *engine.Finished, cells report.Results) error {
	file, err := os.OpenFile(d.draft, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	err = d.format.write(file, run, cells)
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
