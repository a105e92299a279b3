package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/journal"
)

// allBelow is what stands behind a folder that is meant with all below it, as in Go.
const allBelow = "..."

// journals finds the journals that are meant, each once, and tells the suites among
// the folders from the places where runs were started.
func (o *sweepOrder) journals() ([]string, error) {
	works := []string{workDir}
	for _, folder := range o.folders {
		found, suite, err := worksOf(folder)
		if err != nil {
			return nil, err
		}
		works = append(works, found...)
		if suite {
			o.suites = append(o.suites, folder)
		}
	}
	var all []string
	seen := map[string]bool{}
	for _, work := range works {
		at, err := filepath.Abs(work)
		if err != nil {
			return nil, err
		}
		if seen[at] {
			continue
		}
		seen[at] = true
		paths, err := journal.List(journal.Dir(work))
		if err != nil {
			return nil, err
		}
		all = append(all, paths...)
	}
	return all, nil
}

// worksOf gives the folders in which the runs that a folder stands for may have been
// started, and tells whether it is a suite.
func worksOf(folder string) (works []string, suite bool, err error) {
	if top, below := strings.CutSuffix(filepath.ToSlash(folder), allBelow); below {
		works, err = worksBelow(filepath.Clean(top))
		return works, false, err
	}
	switch state, err := os.Stat(folder); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, fmt.Errorf("there is no folder %s", folder)
	case err != nil:
		return nil, false, err
	case !state.IsDir():
		return nil, false, fmt.Errorf("%s is a file, not a folder", folder)
	}
	if there(filepath.Join(folder, "provider.yaml")) {
		return append([]string{folder}, worksAbove(folder)...), true, nil
	}
	if !there(filepath.Join(folder, journal.HomeName)) {
		return nil, false, fmt.Errorf("%s is no suite (it has no provider.yaml), and no run was started there (it has no %s)\nhint: polygraph sweep %s/... looks in all folders below it", folder, journal.HomeName, filepath.ToSlash(folder))
	}
	return []string{folder}, false, nil
}

// worksAbove gives the folders above a suite that may be the package whose tests run
// it: up to the root of its module, and none where it is in no module. What stands
// higher up may be somebody else's.
func worksAbove(suite string) []string {
	at, err := filepath.Abs(suite)
	if err != nil {
		return nil
	}
	var above []string
	for !there(filepath.Join(at, "go.mod")) {
		up := filepath.Dir(at)
		if up == at {
			return nil
		}
		at = up
		above = append(above, at)
	}
	return above
}

// worksBelow gives a folder and all below it in which runs were started. Folders that
// are hidden, and those that are only linked to, are not searched.
func worksBelow(top string) ([]string, error) {
	var works []string
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && path == top:
			return err
		case err != nil || !entry.IsDir():
			return nil // what cannot be entered, nobody could start a run in
		case entry.Name() == journal.HomeName:
			works = append(works, filepath.Dir(path))
			return fs.SkipDir
		case path != top && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for journals: %w", err)
	}
	slices.Sort(works)
	return works, nil
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
