package runner

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2/reporters"
	"github.com/onsi/ginkgo/v2/types"
)

// Ginkgo's own reports have the times of the cells, and the contract's line.
func TestReportsOfGinkgo(t *testing.T) {
	c := newCounter(t)
	cmd, wait := begin(t, c, "lies", "ginkgo", "--junit-report=junit.xml", "--json-report=report.json")
	wait()
	text, err := os.ReadFile(filepath.Join(cmd.Dir, "junit.xml"))
	if err != nil {
		t.Fatal(err)
	}
	var junit reporters.JUnitTestSuites
	if err := xml.Unmarshal(text, &junit); err != nil {
		t.Fatal(err)
	}
	if junit.Tests < 12 || junit.Failures != 4 {
		t.Errorf("%d specs, %d failures, want 12 and 4", junit.Tests, junit.Failures)
	}
	text, err = os.ReadFile(filepath.Join(cmd.Dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var reports []types.Report
	if err := json.Unmarshal(text, &reports); err != nil {
		t.Fatal(err)
	}
	for _, spec := range reports[0].SpecReports {
		if spec.LeafNodeType != types.NodeTypeIt {
			continue
		}
		if spec.RunTime.Seconds() < 0.3 || !spec.EndTime.After(spec.StartTime) {
			t.Errorf("%s took %v", spec.FullText(), spec.RunTime)
		}
		if spec.Failed() && !strings.HasSuffix(spec.Failure.Location.FileName, ".contract.yaml") {
			t.Errorf("%s failed at %s", spec.FullText(), spec.Failure.Location)
		}
		var judged struct{ Verdict, Kind, Said string }
		if err := json.Unmarshal([]byte(spec.ReportEntries[0].Value.AsJSON), &judged); err != nil {
			t.Fatal(err)
		}
		want := "kept"
		if spec.Failed() {
			want = "lied"
		}
		if judged.Verdict != want {
			t.Errorf("%s: the entry says %+v", spec.FullText(), judged)
		}
	}
}
