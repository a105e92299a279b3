package engine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// planVersion is of the form in which a plan is written.
const planVersion = 1

// A Plan is every request that a run would send, and all that decides where it goes, as whom
// and how often, as a file can keep it until the run. It holds no secret. What a contract
// expects is not in it: that changes what is thought of a reply, and not what is sent.
//
// Two plans are the same where they would send the same; places are there to be shown, and
// order only where it is the order of sending.
type Plan struct {
	Version  int           `json:"polygraph_plan"`
	Provider string        `json:"provider"`
	Target   string        `json:"target"`
	Choice   Choice        `json:"choice"`   // what was asked for; of no account for sameness
	Settings []string      `json:"settings"` // of the target, the provider and its resources
	Accounts []string      `json:"accounts"` // of the target, each with what is known of it
	Cells    []PlannedCell `json:"cells"`
}

// A Choice is which cells of a suite were meant.
type Choice struct {
	Accounts  []string `json:"accounts,omitempty"`
	Contracts []string `json:"contracts,omitempty"`
	ReadOnly  bool     `json:"read_only,omitempty"`
}

// A PlannedCell is a case of a contract on all accounts that send the same for it. In its
// requests ACCOUNT stands for the account under test, and OTHER for the one that plays that
// role for it, so that a thousand accounts are one.
type PlannedCell struct {
	Contract string    `json:"contract"`
	Case     string    `json:"case,omitempty"`
	Place    string    `json:"place"` // file:line:column
	Accounts []string  `json:"accounts"`
	Requests []Planned `json:"requests"`         // none: it cannot be planned, and will be setup-failed
	Trials   int       `json:"trials,omitempty"` // how often all of it is sent; 0: once. It is counted in the requests
	Longest  string    `json:"longest"`          // second attempts left out

	Wait time.Duration `json:"-"` // Longest
}

// WholePlan is the plan of all cells.
func (e *Engine) WholePlan() *Plan {
	p := &Plan{
		Version: planVersion, Provider: e.o.Suite.Provider.Name, Target: e.o.Target.Name,
		Choice:   Choice{e.o.Accounts, e.o.Contracts, e.o.ReadOnly},
		Settings: append(e.targetSettings(), providerSettings(e.o.Suite.Provider)...),
	}
	for _, account := range e.o.Target.Accounts {
		p.Accounts = append(p.Accounts, e.accountSettings(account))
	}
	index := map[string]int{}
	for _, cell := range e.cells {
		requests, longest := e.Planned(cell)
		for i := range requests {
			requests[i].Eyes = e.part(cell, requests[i].Eyes)
			if requests[i].call != nil {
				requests[i].Sends = sends(requests[i].call)
			}
			if change := requests[i].change; change != nil {
				requests[i].Sends += "; drawn anew: " + cmp.Or(sends(change), "nothing")
			}
			requests[i].who = nil // another for each account
		}
		key := fmt.Sprintf("%p %p %p %v %v", cell.Contract, cell.Case, cell.Again, requests, longest)
		at, has := index[key]
		if !has {
			at = len(p.Cells)
			index[key] = at
			p.Cells = append(p.Cells, PlannedCell{
				Contract: cell.Contract.Title, Case: cell.CaseName(), Place: cell.Place().String(),
				Requests: requests, Trials: cell.Contract.Trials, Longest: longest.String(), Wait: longest,
			})
		}
		p.Cells[at].Accounts = append(p.Cells[at].Accounts, cell.Account.Name)
	}
	p.hide(wire.NewRedactor(e.namedSecrets()...))
	return p
}

// namedSecrets are the secrets that are known without opening a file or asking a command,
// where a plan could quote them: a var may be filled from the same variable as a credential.
func (e *Engine) namedSecrets() []string {
	vars := len(e.o.Suite.Provider.Vars) + len(e.o.Target.Vars)
	for _, account := range e.o.Target.Accounts {
		vars += len(account.Vars)
	}
	if vars == 0 {
		return nil
	}
	var secrets []string
	for _, account := range e.o.Target.Accounts {
		if account.Credentials == nil {
			continue
		}
		for name, reference := range account.Credentials.Values {
			if !contracts.IsName(name) {
				secrets = append(secrets, reference.AtHand(e.o.Env)...)
			}
		}
	}
	return secrets
}

// hide masks secrets in all that a plan quotes.
func (p *Plan) hide(redactor *wire.Redactor) {
	for i := range p.Settings {
		p.Settings[i] = redactor.MaskText(p.Settings[i])
	}
	for i := range p.Accounts {
		p.Accounts[i] = redactor.MaskText(p.Accounts[i])
	}
	for _, cell := range p.Cells {
		for i := range cell.Requests {
			r := &cell.Requests[i]
			r.Call, r.Sends = redactor.MaskText(r.Call), redactor.MaskText(r.Sends)
		}
	}
}

// part is the part that an account plays in a cell.
func (e *Engine) part(cell *Cell, account string) string {
	switch {
	case account == cell.Account.Name:
		return "ACCOUNT"
	case account == nobody || e.isRole(account):
		return account
	}
	return "OTHER"
}

// targetSettings say where everything goes, and within which limits.
func (e *Engine) targetSettings() []string {
	t, l := e.o.Target, e.Limits()
	server := e.server
	if t.Embedded != "" {
		server = "embedded " + t.Embedded // its port is another each time
	}
	lines := []string{"server " + server} // not `writes`: one plans first, and allows them then
	for _, limit := range l.Lines() {
		lines = append(lines, "limit "+limit)
	}
	for _, host := range t.Hosts {
		lines = append(lines, "credentials may go to "+host)
	}
	for _, role := range slices.Sorted(maps.Keys(t.Roles)) {
		lines = append(lines, fmt.Sprintf("role %s is %s", role, t.Roles[role]))
	}
	return append(lines, varLines("target var", t.Vars)...)
}

func varLines(what string, vars map[string]any) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		lines = append(lines, fmt.Sprintf("%s %s = %s", what, name, jsonText(vars[name])))
	}
	return lines
}

// providerSettings say what goes with every call, and how replies decide what is sent next:
// which pages follow, what has which identity and so is deleted.
func providerSettings(p *contracts.Provider) []string {
	lines := varLines("provider var", p.Vars)
	for what, data := range map[string]*expr.Data{"headers": p.Headers, "query": p.Query} {
		if data != nil {
			lines = append(lines, fmt.Sprintf("%s of every call %s", what, dataAsWritten(data)))
		}
	}
	for what, program := range map[string]*expr.Program{"refusal": p.Refusal, "throttled": p.Throttled} {
		if program != nil {
			lines = append(lines, what+" "+program.Source())
		}
	}
	for _, r := range p.Resources {
		text := fmt.Sprintf("resource %s has key %s", r.Name, strings.Join(keyPath(r, nil), "."))
		for _, named := range []struct {
			name    string
			program *expr.Program
		}{{"item", r.Item}, {"items", r.Items}, {"next", r.Next}, {"sent", r.Sent}, {"gone", r.Gone}} {
			if named.program != nil {
				text += fmt.Sprintf(", %s %s", named.name, named.program.Source())
			}
		}
		lines = append(lines, text)
	}
	slices.Sort(lines)
	return lines
}

// accountSettings say who an account is, and how it proves that; never with what.
func (e *Engine) accountSettings(account *contracts.Account) string {
	text := account.Name + " without credentials"
	if account.Credentials != nil {
		scheme := e.scheme(account.Credentials.Form)
		text = account.Name + " with " + account.Credentials.Form
		if scheme.Kind != "" && scheme.Kind != account.Credentials.Form {
			text += " by " + strings.TrimSpace(scheme.Kind+" "+scheme.Param)
		}
		if scheme.TokenURL != "" {
			text += fmt.Sprintf(" from %s for %v", scheme.TokenURL, scheme.Scopes)
		}
	} else if e.o.Target.Embedded != "" {
		text = account.Name + " with those of the sandbox"
	}
	for _, known := range []struct {
		name   string
		values []string
	}{{"tags", account.Tags}, {"lacks", account.Lacks}} {
		if len(known.values) > 0 {
			text += fmt.Sprintf(", %s %s", known.name, strings.Join(known.values, " "))
		}
	}
	for _, line := range varLines("var", account.Vars) {
		text += ", " + line
	}
	return text
}

// sends is what a call sends besides its address, and how it reads what comes back.
func sends(call *contracts.Call) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(call.Path)) {
		parts = append(parts, fmt.Sprintf("path %s %s", name, dataAsWritten(call.Path[name])))
	}
	for _, named := range []struct {
		name string
		data *expr.Data
	}{{"query", call.Query}, {"headers", call.Headers}, {"body", call.Body}} {
		if named.data != nil {
			parts = append(parts, named.name+" "+dataAsWritten(named.data))
		}
	}
	if call.Body != nil && call.Media != "" {
		parts = append(parts, "as "+call.Media)
	}
	for _, named := range []struct {
		name    string
		program *expr.Program
	}{{"id", call.ID}, {"item", call.Item}, {"items", call.Items}, {"next", call.Next}, {"sent", call.Sent}, {"gone", call.Gone}} {
		if named.program != nil {
			parts = append(parts, named.name+" "+named.program.Source())
		}
	}
	if call.Key != nil {
		parts = append(parts, "key "+strings.Join(call.Key, "."))
	}
	return strings.Join(parts, ", ")
}

// dataAsWritten is data with its templates as they stand in the file, in full, and names in
// order. A null that leaves something out is written as a word.
func dataAsWritten(data *expr.Data) string {
	switch data.Kind {
	case expr.DataMap:
		entries := slices.SortedFunc(slices.Values(data.Entries()), func(a, b expr.Entry) int { return strings.Compare(a.Key, b.Key) })
		parts := make([]string, len(entries))
		for i, entry := range entries {
			parts[i] = jsonText(entry.Key) + ": " + dataAsWritten(entry.Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case expr.DataList:
		parts := make([]string, len(data.Items()))
		for i, item := range data.Items() {
			parts[i] = dataAsWritten(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case expr.DataTemplate:
		return jsonText(data.Template().Source())
	case expr.DataRemove:
		return "left out"
	}
	value, _ := data.Literal()
	if text, ok := value.(string); ok {
		return jsonText(strings.ReplaceAll(text, "${", "$${")) // as one writes it
	}
	return jsonText(value)
}

// JSON is the plan as it is written: the same bytes for the same plan.
func (p *Plan) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write plan: %w", err)
	}
	return append(text, '\n'), nil
}
