package contracts

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sandboxes are the embedded targets.
var sandboxes = []string{"reviewhub"}

// readTargets reads polygraph.yaml.
func (l *loader) readTargets(n *node) {
	if l.fields(n, targetsBlock(), "") == nil {
		return
	}
	ts := n.get("targets")
	if ts == nil {
		return
	}
	if ts.shape != mapping {
		l.mistake(ts, "write targets: {sandbox: {server: …}}", "targets must be a map, not %s", ts.shape)
		return
	}
	l.hasTargets = true
	blocks := map[string]*node{}
	for _, p := range ts.pairs {
		t := &Target{Pos: p.key.pos, Name: p.key.text}
		l.properName(p.key, "target")
		l.suite.Targets = append(l.suite.Targets, t)
		blocks[t.Name] = p.value
	}
	slices.SortFunc(l.suite.Targets, func(a, b *Target) int { return cmp.Compare(a.Name, b.Name) })
	l.choose(n.key("targets"))
	for _, t := range l.suite.Targets {
		l.readTarget(t, blocks[t.Name])
	}
}

// choose sets the target of a run: the only one, or the one that is named.
func (l *loader) choose(at *node) {
	var names []string
	for _, t := range l.suite.Targets {
		names = append(names, t.Name)
		if t.Name == l.Target || l.Target == "" && len(l.suite.Targets) == 1 {
			l.suite.Target = t
		}
	}
	switch {
	case l.suite.Target != nil:
	case len(names) == 0:
		l.mistake(at, "write targets: {sandbox: {server: …}}", "there is no target")
	case l.Target != "":
		l.mistake(at, didYouMean(l.Target, names)+"targets are "+sentence(names), "there is no target %s", quote(l.Target))
	case l.Scope != Check:
		l.mistake(at, "choose one with --target "+either(names), "there are %d targets", len(names))
	}
}

// maxName bounds the names of targets and accounts, in characters.
const maxName = 200

// properName checks a name that is free text.
func (l *loader) properName(n *node, what string) bool {
	if reason := improper(n.text); reason != "" {
		l.mistake(n, "", "the name of the %s %s", what, reason)
		return false
	}
	return true
}

func improper(s string) string {
	switch {
	case strings.TrimSpace(s) == "":
		return "is empty"
	case utf8.RuneCountInString(s) > maxName:
		return fmt.Sprintf("is longer than %d characters", maxName)
	case strings.ContainsFunc(s, unicode.IsControl):
		return "holds a control character"
	}
	return ""
}

func (l *loader) readTarget(t *Target, n *node) {
	if l.fields(n, targetBlock(), t.Name) == nil {
		return
	}
	l.strict = l.Scope != Check && t == l.suite.Target
	l.readServer(t, n)
	if w := n.get("writes"); w != nil {
		t.WritesSet = true
		t.Writes = l.oneOf(w, "writes", "never", "allowed") == "allowed"
	}
	t.Flip = l.oneOf(n.get("flip"), "flip", "never", "allowed") == "allowed"
	t.Limits = l.limits(n.get("limits"))
	for _, h := range l.words(n.get("hosts"), "hosts") {
		t.Hosts = append(t.Hosts, l.origin(h))
	}
	t.Vars = l.values(n.get("vars"), true)
	t.Webhooks = l.webhookSecrets(t, n.get("webhooks"))
	l.readAccounts(t, n.get("accounts"))
	if from := n.get("accounts_from"); from != nil && l.text(from, "accounts_from") != "" {
		l.readTable(t, from)
	}
	slices.SortFunc(t.Accounts, func(a, b *Account) int { return cmp.Compare(a.Name, b.Name) })
	t.Roles = l.readRoles(t, n.get("roles"))
}

func (l *loader) readServer(t *Target, n *node) {
	server, embedded := n.get("server"), n.get("embedded")
	switch {
	case server != nil && embedded != nil:
		l.mistake(n.key("embedded"), "leave out one of them", "target %s has a server and is embedded", quote(t.Name))
	case embedded != nil:
		t.Embedded = l.oneOf(embedded, "embedded", sandboxes...)
	case server != nil:
		if l.text(server, "server") == "" {
			return
		}
		t.Server = strings.TrimRight(l.environment(server), "/")
		l.checkAddress(server, t.Server, true)
	case targetBlock().misspelt(n, "server"), targetBlock().misspelt(n, "embedded"):
	default:
		l.mistake(n, "write server: https://…, or embedded: reviewhub", "target %s has no server", quote(t.Name))
	}
}

// checkAddress reports what is no base address or origin. An address that still
// holds a reference is not known yet.
func (l *loader) checkAddress(n *node, address string, path bool) {
	if strings.Contains(address, "${") {
		return
	}
	u, err := url.Parse(address)
	const hint = "write it as https://api.example.com/v1"
	switch {
	case err != nil, u.Host == "" && u.Opaque == "" && u.Scheme == "":
		l.mistake(n, hint, "%s is no address", quote(address))
	case u.Scheme != "http" && u.Scheme != "https":
		l.mistake(n, hint, "an address starts with http:// or https://, not %s:", u.Scheme)
	case u.Hostname() == "":
		l.mistake(n, hint, "%s has no host", quote(address))
	case u.User != nil:
		l.mistake(n, "write them as credentials of the accounts", "an address holds no user and password")
	case u.RawQuery != "" || u.ForceQuery:
		l.mistake(n, "write it as query in provider.yaml", "a server has no query")
	case u.Fragment != "":
		l.mistake(n, hint, "an address has no #")
	case !path && u.Path != "" && u.Path != "/":
		l.mistake(n, "write it as https://cdn.example.com", "hosts are origins, without a path")
	}
}

// origin reads one of hosts.
func (l *loader) origin(n *node) string {
	address := strings.TrimRight(l.environment(n), "/")
	l.checkAddress(n, address, false)
	return address
}

func (l *loader) limits(n *node) Limits {
	if n == nil || l.fields(n, limitsBlock(), "") == nil {
		return Limits{}
	}
	return Limits{
		Rate:        l.rate(n.get("rate")),
		Concurrency: l.whole(n.get("concurrency"), "concurrency", 1, 10_000),
		Writes:      l.whole(n.get("writes_per_run"), "writes_per_run", 1, 1_000_000_000),
	}
}

// rate gives requests a second, or 0.
func (l *loader) rate(n *node) float64 {
	if n == nil {
		return 0
	}
	count, unit, ok := strings.Cut(n.text, "/")
	v, err := strconv.ParseFloat(count, 64)
	seconds := map[string]float64{"s": 1, "m": 60, "h": 3600}[strings.TrimSpace(unit)]
	if n.shape != text || !ok || err != nil || seconds == 0 || !jsonNumeral.MatchString(count) || v <= 0 || v > 1e6 {
		l.mistake(n, "write a number and s, m or h: 5/s, 300/m, 1000/h", "%s is no rate", shown(n))
		return 0
	}
	return v / seconds
}

// readRoles reads role → account.
func (l *loader) readRoles(t *Target, n *node) map[string]string {
	if n == nil {
		return nil
	}
	if n.shape != mapping {
		l.mistake(n, "write roles: {owner: ACCOUNT}", "roles must be a map, not %s", n.shape)
		return nil
	}
	var accounts []string
	for _, a := range t.Accounts {
		accounts = append(accounts, a.Name)
	}
	out := map[string]string{}
	for _, p := range n.pairs {
		if slices.Contains([]string{"me", "other", "nobody"}, p.key.text) {
			l.mistake(p.key, "me, other and nobody have their meaning everywhere; choose another name", "the role %s cannot be mapped", quote(p.key.text))
			continue
		}
		if p.value.shape == missing {
			continue
		}
		account := l.text(p.value, "role")
		if account != "" && t.Account(account) == nil {
			l.mistake(p.value, didYouMean(account, accounts)+"accounts are "+sentence(first(accounts, 20)), "target %s has no account %s", quote(t.Name), quote(account))
		}
		out[p.key.text] = account
	}
	return out
}

// first shortens a list for a hint.
func first(names []string, n int) []string {
	if len(names) <= n {
		return names
	}
	return append(slices.Clone(names[:n]), fmt.Sprintf("and %d more", len(names)-n))
}
