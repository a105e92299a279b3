package report

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// ctrf is a report as those who count tests read it.
type ctrf struct {
	Results struct {
		Summary ctrfSummary
		Tests   []ctrfTest
	}
}

func ctrfOf(t testing.TB, run *engine.Finished) (string, ctrf) {
	t.Helper()
	var out strings.Builder
	if err := CTRF(&out, run); err != nil {
		t.Fatal(err)
	}
	var read ctrf
	if err := json.Unmarshal([]byte(out.String()), &read); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return out.String(), read
}

func TestCTRF(t *testing.T) {
	text, read := ctrfOf(t, every())
	golden(t, "every.ctrf.json", versionless(text))
	follows(t, schemaOf(t, "ctrf.json"), text)
	sum := read.Results.Summary
	if sum.Tests != 15 || sum.Passed != 8 || sum.Failed != 3 || sum.Other != 3 || sum.Skipped != 1 || sum.Passed+sum.Failed+sum.Other+sum.Skipped != len(read.Results.Tests) {
		t.Errorf("the summary is %+v", sum)
	}
	ids := map[string]bool{}
	for _, test := range read.Results.Tests {
		ids[test.ID] = true
		if test.Name == publishing+" on shop-twice" && (test.Retries != 2 || len(test.Tries) != 2) {
			t.Errorf("attempts read as %+v", test)
		}
	}
	if len(ids) != len(read.Results.Tests) {
		t.Errorf("%d tests share %d ids", len(read.Results.Tests), len(ids))
	}
}

// FuzzJSONForms: whatever a provider says, each form of JSON follows its schema and
// acts nowhere.
func FuzzJSONForms(f *testing.F) {
	for _, seed := range meaningful() {
		f.Add(seed)
	}
	schemas := map[string]interface{ Validate(any) error }{}
	for _, name := range []string{"ctrf.json", "sarif.json", "har/har.json"} {
		schemas[name] = schemaOf(f, name)
	}
	f.Fuzz(func(t *testing.T, text string) {
		run := saying(text)
		archive, _ := harOf(t, run, ResultsOf(run))
		log, read := sarifOf(t, run)
		report, _ := ctrfOf(t, run)
		for name, written := range map[string]string{"har/har.json": archive, "sarif.json": log, "ctrf.json": report} {
			harmless(t, text, written)
			var value any
			if err := json.Unmarshal([]byte(written), &value); err != nil {
				t.Fatal(err)
			}
			if err := schemas[name].Validate(value); err != nil {
				t.Errorf("%q breaks %s: %v", text, name, err)
			}
		}
		for _, r := range read.Runs[0].Results {
			if plain := strings.NewReplacer(`\[`, "", `\]`, "", "{{", "", "}}", "").Replace(r.Message.Text); strings.ContainsAny(plain, "[]{}") {
				t.Errorf("%q is read as a template: %s", text, plain)
			}
		}
	})
}
