package report

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// sarif is a log as code scanners read it.
type sarif struct {
	Runs []struct {
		Tool        struct{ Driver struct{ Rules []sarifRule } }
		Taxonomies  []struct{ Taxa []struct{ ID string } }
		Results     []sarifResult
		Invocations []struct {
			Successful    bool                `json:"executionSuccessful"`
			Notifications []sarifNotification `json:"toolExecutionNotifications"`
		}
	}
}

func sarifOf(t testing.TB, run *engine.Finished) (string, sarif) {
	t.Helper()
	var out strings.Builder
	if err := SARIF(&out, run); err != nil {
		t.Fatal(err)
	}
	var read sarif
	if err := json.Unmarshal([]byte(out.String()), &read); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return out.String(), read
}

// versionless is a report as it would be with any version of this program.
func versionless(text string) string {
	return strings.ReplaceAll(text, `"version": "`+toolVersion()+`"`, `"version": "VERSION"`)
}

func TestSARIF(t *testing.T) {
	text, read := sarifOf(t, every())
	golden(t, "every.sarif", versionless(text))
	follows(t, schemaOf(t, "sarif.json"), text)
	run := read.Runs[0]
	if n := len(run.Results); n != 4 {
		t.Errorf("%d results, want two lies, one broken contract and one documented lie", n)
	}
	if n := len(run.Invocations[0].Notifications); n != 4 || run.Invocations[0].Successful {
		t.Errorf("%d notifications, want those of a blind cell, two that were stopped and one that left something behind", n)
	}
	for _, r := range run.Results {
		rule := run.Tool.Driver.Rules[r.Index]
		if rule.ID != r.Rule || r.Kind != "fail" {
			t.Errorf("a result of %s has the rule %s", r.Rule, rule.ID)
		}
		known := r.Properties.Account == "shop-02"
		if known != (len(r.Suppressions) == 1) {
			t.Errorf("%s on %s has the suppressions %v", r.Rule, r.Properties.Account, r.Suppressions)
		}
	}
	first := run.Results[0]
	if first.Rule != "lost-write" || first.Level != "error" || first.Taxa[0].ID != "393" ||
		first.Locations[0].Physical.Artifact.URI != "fixtures/reviewhub/reviews.contract.yaml" || first.Locations[0].Physical.Region.Line != 11 {
		t.Errorf("the worst comes first, and is %+v", first)
	}
}

// Every lie has a weakness of the CWE, and each that is named is in the taxonomy.
func TestSARIFRulesHaveWeaknesses(t *testing.T) {
	for _, row := range verdict.Kinds() {
		if _, ok := sarifWeakness(row.CWE); !ok && (row.CWE != 0 || row.Class == verdict.Lied) {
			t.Errorf("%s has CWE %d, which the taxonomy lacks", row.Kind, row.CWE)
		}
	}
}

// A lie has one fingerprint, whenever and from wherever the suite is run, and each cell its own.
func TestFingerprintsStay(t *testing.T) {
	_, first := sarifOf(t, every())
	later := every()
	later.ID, later.Suite, later.Started = "beef", "/home/me/fixtures/reviewhub", noon.AddDate(0, 0, 1)
	for i, r := range later.Results {
		r.Number, r.Place = 100-i, "reviews.contract.yaml:99"
	}
	_, second := sarifOf(t, later)
	prints := map[string]string{}
	for _, r := range first.Runs[0].Results {
		prints[r.Fingerprints["polygraphCell/v1"]] = r.Properties.Account
	}
	if len(prints) != len(first.Runs[0].Results) {
		t.Errorf("%d results share %d fingerprints", len(first.Runs[0].Results), len(prints))
	}
	for _, r := range second.Runs[0].Results {
		if account := prints[r.Fingerprints["polygraphCell/v1"]]; account != r.Properties.Account {
			t.Errorf("the lie on %s has the fingerprint of %q", r.Properties.Account, account)
		}
	}
}

func TestFixedLiesAreNoResults(t *testing.T) {
	run := every()
	for _, r := range run.Results {
		r.Verdict.Fixed = r.Verdict.Class == verdict.KnownLie
	}
	if _, read := sarifOf(t, run); len(read.Runs[0].Results) != 3 {
		t.Errorf("%d results, want 3", len(read.Runs[0].Results))
	}
}
