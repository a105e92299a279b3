package report

import (
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// SARIF writes a run as SARIF 2.1.0: a rule for each kind of lie and of broken contract,
// with the weakness of the CWE that it is, and a result for each cell that was lied to or
// broken, at the line of its contract. Fingerprints stay the same from run to run, for
// each account its own. A documented lie is there and suppressed.
//
// What could not be told is a notification and no result: code scanners show every result
// as an alert, and unknown is no accusation.
func SARIF(w io.Writer, run *engine.Finished) error {
	rules, o := sarifRules(), &prose{run: run}
	return jsonStream(w, func(s *stream) {
		s.member("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
		s.member("version", "2.1.0")
		s.list("runs", func(s *stream) {
			s.next()
			s.within("{", "}", func(s *stream) {
				s.member("tool", sarifToolOf(rules))
				s.member("automationDetails", sarifDetails{ID: fmt.Sprintf("polygraph/%s/%s/%s", run.Suite, run.Target, run.ID)})
				s.member("taxonomies", []sarifComponent{sarifCWE()})
				s.list("invocations", func(s *stream) {
					s.next()
					s.within("{", "}", func(s *stream) { sarifInvocation(s, o) })
				})
				s.list("results", func(s *stream) {
					for _, r := range worstFirst(run) {
						if at, accused := sarifRuleOf(rules, r); accused {
							s.element(sarifResultOf(o, r, rules, at))
						}
					}
				})
			})
		})
	})
}

// worstFirst are the results by verdict, then in the plan's order: scanners take so many and no more.
func worstFirst(run *engine.Finished) []*engine.Result {
	return slices.SortedStableFunc(slices.Values(sorted(run)), func(a, b *engine.Result) int {
		return rank(a.Verdict.Class) - rank(b.Verdict.Class)
	})
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifDetails struct {
	ID string `json:"id"`
}

type sarifTool struct {
	Driver sarifComponent `json:"driver"`
}

type sarifComponent struct {
	Name         string           `json:"name"`
	Organization string           `json:"organization,omitempty"`
	Version      string           `json:"version,omitempty"`
	URI          string           `json:"informationUri,omitempty"`
	Short        *sarifText       `json:"shortDescription,omitempty"`
	Rules        []sarifRule      `json:"rules,omitempty"`
	Taxa         []sarifTaxon     `json:"taxa,omitempty"`
	Supported    []sarifReference `json:"supportedTaxonomies,omitempty"`
}

type sarifRule struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	Short         sarifText         `json:"shortDescription"`
	Full          sarifText         `json:"fullDescription"`
	Help          sarifText         `json:"help"`
	Configuration sarifLevel        `json:"defaultConfiguration"`
	Relationships []sarifKinship    `json:"relationships,omitempty"`
	Properties    sarifRuleProperty `json:"properties"`
	cwe           int
}

type sarifRuleProperty struct {
	Tags     []string `json:"tags"`
	Severity string   `json:"problem.severity"`
}

type sarifLevel struct {
	Level string `json:"level"`
}

type sarifKinship struct {
	Target sarifTarget `json:"target"`
	Kinds  []string    `json:"kinds"`
}

type sarifTarget struct {
	ID        string         `json:"id"`
	Index     int            `json:"index"`
	Component sarifReference `json:"toolComponent"`
}

type sarifReference struct {
	Name  string `json:"name"`
	Index int    `json:"index"`
}

type sarifTaxon struct {
	ID      string    `json:"id"`
	Short   sarifText `json:"shortDescription"`
	HelpURI string    `json:"helpUri"`
}

type sarifNotification struct {
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations"`
	Reason    sarifReason     `json:"descriptor"`
}

type sarifReason struct {
	ID string `json:"id"`
}

type sarifResult struct {
	Rule         string             `json:"ruleId"`
	Index        int                `json:"ruleIndex"`
	Kind         string             `json:"kind"`
	Level        string             `json:"level"`
	Message      sarifText          `json:"message"`
	Locations    []sarifLocation    `json:"locations"`
	Taxa         []sarifTarget      `json:"taxa,omitempty"`
	Fingerprints map[string]string  `json:"partialFingerprints"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	Properties   sarifProperties    `json:"properties"`
}

type sarifLocation struct {
	Physical sarifPhysical  `json:"physicalLocation"`
	Logical  []sarifLogical `json:"logicalLocations"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	Line int `json:"startLine"` // 1-based
}

type sarifLogical struct {
	Name string `json:"fullyQualifiedName"`
	Kind string `json:"kind"`
}

type sarifSuppression struct {
	Kind   string `json:"kind"`
	Status string `json:"status"`
	Why    string `json:"justification"`
}

type sarifProperties struct {
	Account   string `json:"account"`
	Operation string `json:"operation"`
	Evidence  string `json:"evidence,omitempty"`
}

func sarifToolOf(rules []sarifRule) sarifTool {
	return sarifTool{Driver: sarifComponent{
		Name: "Polygraph", Version: toolVersion(), URI: "https://github.com/polygraph-dev/polygraph", Rules: rules,
		Short:     &sarifText{"Does their API tell the truth?"},
		Supported: []sarifReference{{Name: "CWE", Index: 0}},
	}}
}

// weaknesses are the entries of the CWE that kinds name, by number.
func weaknesses() []sarifTaxon {
	taxon := func(number int, text string) sarifTaxon {
		return sarifTaxon{ID: fmt.Sprint(number), Short: sarifText{text}, HelpURI: fmt.Sprintf("https://cwe.mitre.org/data/definitions/%d.html", number)}
	}
	return []sarifTaxon{
		taxon(200, "Exposure of Sensitive Information to an Unauthorized Actor"),
		taxon(285, "Improper Authorization"),
		taxon(393, "Return of Wrong Status Code"),
	}
}

func sarifCWE() sarifComponent {
	return sarifComponent{Name: "CWE", Organization: "MITRE", Short: &sarifText{"The MITRE Common Weakness Enumeration"}, Taxa: weaknesses()}
}

// sarifRules is a rule for each kind that accuses a provider, in the order of the table of
// kinds: they are the same in every run.
func sarifRules() []sarifRule {
	var rules []sarifRule
	for _, row := range verdict.Kinds() {
		if row.Class != verdict.Lied && row.Class != verdict.Broken {
			continue
		}
		level := map[verdict.Class]string{verdict.Lied: "error", verdict.Broken: "warning"}[row.Class]
		rule := sarifRule{
			ID: string(row.Kind), Name: sarifName(row.Kind), cwe: row.CWE,
			Short: sarifText{strings.ToUpper(row.Meaning[:1]) + row.Meaning[1:]}, Full: sarifText{fmt.Sprintf("%s: the provider's endpoint is %s.", row.Class, row.Meaning)},
			Help:          sarifText{"polygraph show RUN/CELL, as each result names it, shows what was said and what was seen; polygraph ticket writes it up for the provider."},
			Configuration: sarifLevel{level}, Properties: sarifRuleProperty{Tags: []string{string(row.Class)}, Severity: level},
		}
		if target, ok := sarifWeakness(row.CWE); ok {
			rule.Relationships = []sarifKinship{{Target: target, Kinds: []string{"superset"}}}
			rule.Properties.Tags = append(rule.Properties.Tags, fmt.Sprintf("external/cwe/cwe-%d", row.CWE))
		}
		rules = append(rules, rule)
	}
	return rules
}

// sarifWeakness refers to an entry of the taxonomy.
func sarifWeakness(number int) (sarifTarget, bool) {
	id := fmt.Sprint(number)
	at := slices.IndexFunc(weaknesses(), func(t sarifTaxon) bool { return t.ID == id })
	return sarifTarget{ID: id, Index: at, Component: sarifReference{Name: "CWE", Index: 0}}, at >= 0
}

// sarifName is a kind as rules are named: LostWrite.
func sarifName(kind verdict.Kind) string {
	var name string
	for word := range strings.SplitSeq(string(kind), "-") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	return name
}

// sarifRuleOf is the index of the rule that a result breaks. A documented lie that is told
// no more breaks none.
func sarifRuleOf(rules []sarifRule, r *engine.Result) (at int, accused bool) {
	switch r.Verdict.Class {
	case verdict.Lied, verdict.Broken, verdict.KnownLie:
		at = slices.IndexFunc(rules, func(rule sarifRule) bool { return rule.ID == string(r.Verdict.Kind) })
		return at, at >= 0 && !r.Verdict.Fixed
	}
	return 0, false
}

func sarifResultOf(o *prose, r *engine.Result, rules []sarifRule, at int) sarifResult {
	run, c := o.run, r.Subject()
	print := fingerprint(suiteName(run), run.Target, c.Contract, c.Case, c.Account, string(r.Verdict.Kind))
	out := sarifResult{
		Rule: rules[at].ID, Index: at, Kind: "fail", Level: rules[at].Configuration.Level, Message: sarifText{sarifMessage(o, r)},
		Locations: []sarifLocation{sarifPlace(run, r)}, Properties: sarifProperties{Account: c.Account, Operation: r.Operation},
		// The second is the one by which GitHub tells alerts apart: by itself it takes the line, on which all accounts stand.
		Fingerprints: map[string]string{"polygraphCell/v1": print, "primaryLocationLineHash": print + ":1"},
	}
	if target, ok := sarifWeakness(rules[at].cwe); ok {
		out.Taxa = []sarifTarget{target}
	}
	if r.Verdict.Class == verdict.KnownLie {
		out.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted", Why: sarifExcuse(r)}}
	}
	if run.ID != "" {
		out.Properties.Evidence = fmt.Sprintf("polygraph show %s/%d", run.ID, r.Number)
	}
	return out
}

// sarifExcuse is where a lie is documented.
func sarifExcuse(r *engine.Result) string {
	if r.Record != nil {
		for _, known := range r.Record.Wanted.Known {
			if known.Lie == r.Verdict.Kind && known.See != "" {
				return "documented: " + Line(known.See)
			}
		}
	}
	return "documented in the contract"
}

// sarifInvocation says how the run went, and of each cell that could not be judged why not.
func sarifInvocation(s *stream, o *prose) {
	run := o.run
	s.member("executionSuccessful", !run.Interrupted && !run.Killed && !run.Running)
	if !run.Started.IsZero() && !run.Ended.IsZero() {
		s.member("startTimeUtc", harTime(run.Started))
		s.member("endTimeUtc", harTime(run.Ended))
	}
	s.list("toolExecutionNotifications", func(s *stream) {
		for _, r := range sorted(run) {
			if standing := standingOf(run, r); standing != errored && standing != skipped {
				continue
			}
			s.element(sarifNotification{
				Level: "warning", Message: sarifText{sarifMessage(o, r)}, Locations: []sarifLocation{sarifPlace(run, r)},
				Reason: sarifReason{either(string(r.Verdict.Kind), "left-behind")},
			})
		}
	})
}

// sarifPlace is the contract's line, and the cell.
func sarifPlace(run *engine.Finished, r *engine.Result) sarifLocation {
	file, line := lineOf(placeIn(run, r))
	place := sarifLocation{
		Physical: sarifPhysical{Artifact: sarifArtifact{URI: sarifURI(file)}},
		Logical:  []sarifLogical{{Name: testName(r), Kind: "cell"}},
	}
	if line > 0 {
		place.Physical.Region = &sarifRegion{line}
	}
	return place
}

// sarifURI is a file's path as a URI reference: one that begins at the root is no reference within a repository.
func sarifURI(file string) string {
	address := url.URL{Path: file}
	if strings.HasPrefix(file, "/") {
		address.Scheme = "file"
	}
	return address.String()
}

// sarifMessage is a cell in one sentence, which is all that lists show, and then in full. It is kept
// from being read as a template: readers take [a](b) for a link and {0} for a place to
// fill in (SARIF 2.1.0, 3.11.5 and 3.11.6).
func sarifMessage(o *prose, r *engine.Result) string {
	return inSARIF.Replace(testName(r) + ": " + headline(r) + "\n\n" + o.whole(r))
}

var inSARIF = strings.NewReplacer("{", "{{", "}", "}}", "[", `\[`, "]", `\]`)
