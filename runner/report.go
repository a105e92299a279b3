package runner

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/reporters"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/report"
)

// patch puts into Ginkgo's report what only the engine knows: when a cell
// really began and ended (its spec only waited for the rest of it), and that it
// is the contract's line that failed. In one process the report is Ginkgo's
// own, and so every later report and the closing summary have it; under
// ginkgo -p it is a copy.
func (t *tree) patch(r *ginkgo.Report) {
	for _, s := range t.all() {
		s.mu.Lock()
		patch(r, s.results)
		s.mu.Unlock()
	}
}

func patch(r *ginkgo.Report, results map[specKey]*engine.Result) {
	for i := range r.SpecReports {
		spec := &r.SpecReports[i]
		result := results[specKey{spec.FullText(), spec.LeafNodeLocation}]
		if result == nil {
			continue
		}
		spec.StartTime, spec.EndTime = result.Started, result.Ended
		spec.RunTime = result.Ended.Sub(result.Started)
		if !spec.Failure.IsZero() {
			spec.Failure.Location = spec.LeafNodeLocation
		}
	}
}

// A junitFile is a JUnit report that is there complete or not at all. It is
// opened before anything is sent, so that a folder that cannot be written costs
// no act.
type junitFile struct {
	path, draft string
}

// newJUnitFile opens a draft beside the file to be; no path, no file.
func newJUnitFile(path string) (*junitFile, error) {
	if path == "" {
		return nil, nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("write JUnit report: %s is a folder", path)
	}
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("write JUnit report: there is no folder %s", filepath.Dir(path))
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, fmt.Errorf("write JUnit report: %w", err)
	}
	j := &junitFile{path, f.Name()}
	if err := f.Close(); err != nil {
		j.discard()
		return nil, fmt.Errorf("write JUnit report: %w", err)
	}
	return j, nil
}

// write writes the report, which must be patched, and puts it in its place.
// Specs that did not run because nobody selected them are not in it.
func (j *junitFile) write(report *ginkgo.Report) error {
	if j == nil {
		return nil
	}
	r := *report
	r.SpecReports = clean(r.SpecReports)
	err := reporters.GenerateJUnitReportWithConfig(r, j.draft, reporters.JunitReportConfig{
		OmitTimelinesForSpecState: types.SpecStatePassed | types.SpecStateSkipped | types.SpecStateFailed,
		OmitSuiteSetupNodes:       true,
		OmitLeafNodeType:          true,
		OmitSpecLabels:            true,
	})
	if err == nil {
		err = complete(j.draft)
	}
	if err == nil {
		err = os.Chmod(j.draft, 0o644) // a draft is the user's alone; a report is for the build
	}
	if err == nil {
		err = os.Rename(j.draft, j.path)
	}
	if err != nil {
		j.discard()
		return fmt.Errorf("write JUnit report: %w", err)
	}
	return nil
}

// discard removes a draft that is not wanted.
func (j *junitFile) discard() { _ = os.Remove(j.draft) }

// complete sees whether the report was written to its end, and has it on disk
// before it takes the place of a former one. Ginkgo's writer does not look at what
// the disk answers: neither to the first line, which it writes by itself, nor to
// the rest, where nothing more comes after the first failure.
func complete(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(file)
	if err == nil && !(bytes.HasPrefix(text, []byte(xml.Header)) && bytes.HasSuffix(bytes.TrimSpace(text), []byte("</testsuites>"))) {
		err = errors.New("the disk took only a part of it")
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// clean makes what a provider said fit for XML and for those who read it.
func clean(specs types.SpecReports) types.SpecReports {
	specs = append(types.SpecReports(nil), specs...)
	for i := range specs {
		specs[i].Failure.Message = report.Text(specs[i].Failure.Message)
		specs[i].Failure.ForwardedPanic = report.Text(specs[i].Failure.ForwardedPanic)
	}
	return specs
}
