package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/journal"
)

// forget takes runs and cells out of the journals, and says what of.
func (c *console) forget(o sweepOrder) error {
	paths, err := o.journals()
	if err != nil {
		return err
	}
	var mistakes []error
	for _, name := range o.forget {
		if err := c.forgetNamed(name, paths); err != nil {
			mistakes = append(mistakes, err)
		}
	}
	return errors.Join(mistakes...)
}

// forgetNamed forgets a run or a cell. The journals of several folders may be of runs
// of one name: then the folder must say which.
func (c *console) forgetNamed(name string, paths []string) error {
	run, cell, _ := strings.Cut(name, "/")
	var found []string
	for _, path := range paths {
		if strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)) == run && run != "" {
			found = append(found, path)
		}
	}
	switch {
	case len(found) == 0:
		return fmt.Errorf("no journal is of run %q\nhint: polygraph sweep --list", run)
	case len(found) > 1:
		return fmt.Errorf("%d journals are of run %q: %s\nhint: call it from the folder that is meant", len(found), run, filepath.ToSlash(strings.Join(found, ", ")))
	}
	j, err := journal.ResumeOn(c.disk, found[0])
	if err != nil {
		return err
	}
	if cell != "" {
		return errors.Join(c.forgetCell(j, name), j.Close())
	}
	for _, each := range j.Things() {
		c.tellForgotten(each)
	}
	if lost := j.Contents().Lost; lost > 0 {
		fmt.Fprintf(c.out, "%s lost: what they spoke of is forgotten with them\n", recordsOf(lost))
	}
	return j.Forget()
}

// forgetCell forgets one cell, and the file with it where nothing else is left.
func (c *console) forgetCell(j *journal.Journal, cell string) error {
	things := slices.DeleteFunc(j.Things(), func(t journal.Thing) bool { return t.Cell != cell })
	if len(things) == 0 {
		return fmt.Errorf("the journal says of nothing that cell %s has left it\nhint: polygraph sweep --list", cell)
	}
	for _, each := range things {
		if err := j.Append(journal.Removed{ID: each.ID, Key: each.Key, How: journal.Forgotten}); err != nil {
			return fmt.Errorf("forget %s: %w", cell, err)
		}
		c.tellForgotten(each)
	}
	return nil
}

func (c *console) tellForgotten(of journal.Thing) {
	c.tell("forgotten", of.ID, of, cmp.Or(of.Why, "nobody has tried to remove it"))
}
