package runner

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/reporters"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/polygraph-dev/polygraph/runner/report"
)

// FuzzJUnit: whatever a provider or a stranger's contract says, the report is XML,
// says it in full, and holds nothing that would act in the log of a build.
func FuzzJUnit(f *testing.F) {
	for _, seed := range []string{"plain", "a]]>b", "<![CDATA[x", "\x1b[31m\x00", "\ufffe\uffff\U0001ffff", "\r\n::error::x\n##vso[a]", "\u202e\u2028", "é\xff\xed\xa0\x80", "</failure>&amp;\"'"} {
		f.Add(seed)
	}
	path := filepath.Join(f.TempDir(), "junit.xml")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := newJUnitFile(path)
		if err != nil {
			t.Fatal(err)
		}
		place := types.CodeLocation{FileName: line(text), LineNumber: 1}
		err = file.write(&ginkgo.Report{SuitePath: "suite", SuiteDescription: "suite", RunTime: time.Second, SpecReports: types.SpecReports{{
			ContainerHierarchyTexts: []string{line(text)}, ContainerHierarchyLocations: []types.CodeLocation{place},
			LeafNodeType: types.NodeTypeIt, LeafNodeText: line("on " + text), LeafNodeLocation: place, State: types.SpecStateFailed,
			Failure: types.Failure{Message: text, Location: place, ForwardedPanic: text},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		written, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if report.Text(string(written)) != string(written) {
			t.Errorf("%q still acts in\n%s", text, written)
		}
		if !utf8.Valid(written) {
			t.Errorf("%q gives what is not UTF-8", text)
		}
		var junit reporters.JUnitTestSuites
		if err := xml.Unmarshal(written, &junit); err != nil {
			t.Fatalf("%q gives what is no XML: %v\n%s", text, err, written)
		}
		failure := junit.TestSuites[0].TestCases[0].Failure
		if want := report.Text(text); failure == nil || !strings.Contains(failure.Message, want) && !strings.Contains(failure.Description, want) {
			t.Errorf("%q reads back as %+v", want, failure)
		}
	})
}
