package contracts

import (
	"slices"
	"strings"
)

// A key is one key of a block: its name, what its value may be (the name of a
// definition of the JSON Schema), and what it means in one sentence.
type key struct {
	name string
	is   string
	doc  string
}

// A block is a map with a fixed set of keys. The blocks are the one table from
// which both the loader and the JSON Schema take the keys of the language.
type block struct {
	name  string // of the definition in the schema
	noun  string // as in `unknown key "raed" in resource "review"`
	takes string // as in "A resource takes key, make, …"
	needs []string
	keys  []key
	// unsaid are keys that hints leave out: they may stand here as they do in a call,
	// and who misspells another is not helped by them.
	unsaid []string
}

func (b *block) names() []string {
	out := make([]string, 0, len(b.keys))
	for _, k := range b.keys {
		out = append(out, k.name)
	}
	return out
}

// said are the names that hints list.
func (b *block) said() []string {
	return slices.DeleteFunc(b.names(), func(name string) bool { return slices.Contains(b.unsaid, name) })
}

func (b *block) has(name string) bool {
	for _, k := range b.keys {
		if k.name == name {
			return true
		}
	}
	return false
}

func together(groups ...[]key) []key {
	var out []key
	for _, g := range groups {
		out = append(out, g...)
	}
	return out
}

// fields reads a map as a block: unknown keys are mistakes, x- is free. It
// gives nil when the node is no map.
func (l *loader) fields(n *node, b *block, name string) *node {
	if n == nil || n.shape == missing {
		return nil
	}
	what := b.noun
	if name != "" {
		what += " " + quote(name)
	}
	if n.shape != mapping {
		l.mistake(n, b.say("take")+sentence(b.said()), "%s must be a map, not %s", what, n.shape)
		return nil
	}
	for _, p := range n.pairs {
		if b.has(p.key.text) || strings.HasPrefix(p.key.text, "x-") || l.lost() {
			continue
		}
		l.mistake(p.key, didYouMean(p.key.text, b.names())+b.say("take")+sentence(b.said())+".",
			"unknown key %s in %s", quote(p.key.text), what)
	}
	for _, need := range b.needs {
		if n.key(need) == n && !b.misspelt(n, need) {
			l.mistake(n, b.say("need")+sentence(b.needs), "%s has no key %s", what, quote(need))
		}
	}
	return n
}

// say begins a hint: "A resource takes ".
func (b *block) say(verb string) string {
	if slices.Contains([]string{"limits", "defaults", "Credentials"}, b.takes) {
		return b.takes + " " + verb + " "
	}
	return b.takes + " " + verb + "s "
}

// misspelt tells whether a key that is not there was probably meant by one that
// is unknown: that mistake says it all.
func (b *block) misspelt(n *node, need string) bool {
	return slices.ContainsFunc(n.pairs, func(p pair) bool {
		return !b.has(p.key.text) && suggest(p.key.text, b.names()) == need
	})
}

// callKeys are the request, replyKeys how its reply is read.
func callKeys() []key {
	return []key{
		{"call", "text", "the request: an operationId of the OpenAPI document, or METHOD /path"},
		{"path", "data map", "values for the {parameters} of the path"},
		{"query", "data map", "query parameters; a list repeats one, null leaves one out"},
		{"headers", "data map", "headers, names in any case"},
		{"body", "data", "what is sent, JSON unless OpenAPI or a content-type says otherwise"},
		{"as", "texts", "the role that sends it: me, other, nobody, or a role of the target"},
	}
}

func replyKeys() []key {
	return []key{
		{"id", "expression", "where the reply, or the request, names the thing made"},
		{"item", "expression", "where the thing stands in a reply; without it, the body"},
		{"items", "expression", "where the listed things stand in a reply"},
		{"next", "expression", "the next page: an address, or a map merged into the query; null, '' or {} at the end"},
		{"sent", "expression", "where the thing stands in what is sent; without it, the body"},
		{"find", "text", "CSS selection in HTML and XML; the value is the list of matches"},
		{"gone", "expression", "a 2xx reply that means deleted"},
		{"key", "text", "where an item carries its identity; a path is fine"},
		{"lag", "duration", "default within of effects seen through this read"},
	}
}

func waitKeys() []key {
	return []key{
		{"within", "duration", "deadline for the effect"},
		{"stays", "duration", "time for which the effect must then hold"},
		{"patience", "duration", "how long a missing effect is watched, from the reply on; 3 × within by default"},
	}
}

func callBlock() *block {
	return &block{name: "call map", noun: "call", takes: "A call", needs: []string{"call"}, keys: together(callKeys(), replyKeys())}
}

func providerBlock() *block {
	return &block{name: "provider", noun: "the provider", takes: "A provider", needs: []string{"polygraph", "provider"}, keys: []key{
		{"polygraph", "version", "the version of the language: 1"},
		{"provider", "text", "the provider's name"},
		{"openapi", "text", "its OpenAPI document (2.0, 3.0, 3.1), a path in the suite"},
		{"auth", "auth", "how a credential travels, where no OpenAPI document says it"},
		{"headers", "data map", "headers sent with every call"},
		{"query", "data map", "query parameters sent with every call"},
		{"resources", "resources", "the things that the provider keeps, by name"},
		{"probes", "probes", "further reads through which the world is seen, by name"},
		{"account", "account read", "the account's own facts, read once per run"},
		{"refusal", "expression", "a body that says no under a 2xx"},
		{"throttled", "expression", "a body that means 429 under another status"},
		{"secrets", "texts", "paths of reply fields that hand out secrets; they are masked"},
		{"vars", "values", "values for paths and data, the last to be asked"},
		{"webhooks", "webhooks", "deliveries that the provider sends, by name"},
		{"defaults", "defaults", "within, stays and patience where nothing else says"},
	}}
}

func resourceBlock() *block {
	return &block{name: "resource", noun: "resource", takes: "A resource", unsaid: []string{"lag"}, keys: []key{
		{"key", "text", "where an item carries its identity; a path (metadata.name) is fine"},
		{"make", "call", "the call that makes one"},
		{"read", "call", "the call that reads one by its identity, {key}"},
		{"list", "call", "the call that lists them"},
		{"item", "expression", "where the thing stands in a reply; without it, the body"},
		{"items", "expression", "where the listed things stand in a reply"},
		{"next", "expression", "the next page: an address, or a map merged into the query"},
		{"sent", "expression", "where the thing stands in what is sent; without it, the body"},
		{"find", "text", "CSS selection in HTML and XML"},
		{"gone", "expression", "a 2xx reply that means deleted"},
		{"delete", "delete", "the call that removes one; never, if nothing can"},
		{"fields", "fields", "how a field may differ from what was sent"},
		{"lag", "duration", "default within of effects seen through its read and list"},
	}}
}

func fieldBlock() *block {
	return &block{name: "field", noun: "field", takes: "A field", keys: []key{
		{"time", "duration", "a point in time, equal within this"},
		{"read", "expression", "where it is read, when sent under another name or shape"},
		{"as", "mask", "how the value that is read may differ"},
	}}
}

func probeBlock() *block {
	b := callBlock()
	b.name, b.noun, b.takes = "probe", "probe", "A probe"
	return b
}

func accountReadBlock() *block {
	return &block{name: "account read", noun: "account", takes: "account", needs: []string{"read"}, keys: []key{
		{"read", "call", "the call that reads the account's own facts"},
		{"take", "expressions", "name → expression: the facts that are kept and compared"},
		{"set", "setters", "fact of take → the call that changes it to ${value}, for run --flip"},
	}}
}

func defaultsBlock() *block {
	return &block{name: "defaults", noun: "defaults", takes: "defaults", keys: waitKeys()}
}

func sentenceKeys() []key {
	return []key{
		{"creates", "text", "a resource: the act makes one, and its frame holds"},
		{"updates", "text", "a given thing: its fields change to what was sent or to set, and no others"},
		{"deletes", "text", "a given thing: it is there before, and nowhere after"},
		{"shows", "text", "a thing that is then seen in every place of `in`"},
		{"hides", "text", "a thing that is then seen in none of them"},
		{"finds", "text", "a given thing that the reply itself must contain"},
		{"sends", "text", "a webhook that the provider must deliver"},
		{"keeps", "texts", "given things, probes or fields of things that must not change"},
		{"set", "data map", "field values after; without it, what was sent"},
		{"from", "data map", "field values before"},
		{"also", "texts", "further fields that may change"},
		{"in", "texts", "places: read, list, or probes"},
		{"where", "expression", "which events count"},
		{"times", "whole", "how many events; 1 by default"},
		{"fails", "expression", "ends the wait early: it can no longer come true"},
	}
}

func effectBlock() *block {
	return &block{name: "effect", noun: "effect", takes: "An effect", keys: together(
		[]key{
			{"name", "text", "what the expression says, in words"},
			{"expect", "expression", "the general form: true after the act"},
			{"as", "texts", "the roles whose eyes look"},
		}, sentenceKeys(), waitKeys(), []key{{"why", "text", "the author's reason"}})}
}

func contractBlock() *block {
	reply := replyKeys()
	return &block{name: "contract", noun: "contract", takes: "A contract", needs: []string{"contract", "call"}, keys: together(
		[]key{
			{"contract", "text", "the title, its name in every report"},
			{"given", "given", "fresh things, made before and cleaned up after"},
		},
		callKeys(), reply[:7], reply[7:8],
		[]key{
			{"needs", "texts", "the scopes that an account must have"},
			{"without", "without", "what an account that lacks them meets: refused, or the kind of a documented lie"},
		},
		sentenceKeys(),
		[]key{{"effects", "effects", "several sentences, or name + expect"}},
		waitKeys(),
		[]key{
			{"status", "status", "the status that is expected, or a claim; done by default"},
			{"cases", "cases", "name → changes over the base, and a status"},
			{"rejects", "rejects", "name → changes of the body that must be refused"},
			{"again", "again", "name → the act sent a second time, and what is then expected"},
			{"accepted", "accepted", "what a 202 means"},
			{"each", "each", "claims for every item of a bulk call"},
			{"claims", "claims", "status → done, accepted, refused or unknown, where the defaults are wrong"},
			{"refusal", "expression", "a body that says no under a 2xx, for this call"},
			{"throttled", "expression", "a body that means 429 under another status, for this call"},
			{"known", "known", "a documented lie: it is reported as known, never as kept"},
			{"snapshot", "expressions", "facts of the reply that are kept and compared between runs"},
			{"expect", "expression", "what must hold of the reply"},
			{"trials", "whole", "how often the whole contract is repeated"},
			{"cleanup", "calls", "calls in place of the automatic clean-up"},
			{"why", "text", "the author's reason"},
			{"see", "text", "a link"},
		})}
}

func givenBlock() *block {
	b := callBlock()
	return &block{name: "given thing", noun: "given thing", takes: "A given thing", keys: together(
		[]key{
			{"make", "text", "the resource of which one is made; what stands beside it is merged over its make"},
			{"removed", "removed", "true: it is removed again before the act, which then speaks of what is not there"},
		}, b.keys)}
}

func caseBlock() *block {
	return &block{name: "case", noun: "case", takes: "A case", keys: together(variantKeys(), []key{
		{"effect", "case effect", "none: the answer is as expected, and nothing of the effect comes of it; a dry run, a filter that leaves the thing out"},
	})}
}

// variantKeys are what the act may be sent with another time.
func variantKeys() []key {
	return together(callKeys(), []key{
		{"id", "expression", "where the reply, or the request, names the thing made"},
		{"status", "status", "the status that is expected; done by default"},
		{"expect", "expression", "what must hold of the case's reply"},
		{"snapshot", "expressions", "facts of the reply that are kept and compared between runs"},
		{"why", "text", "the author's reason"},
		{"see", "text", "a link"},
	})
}

func againBlock() *block {
	return &block{name: "again case", noun: "again", takes: "again", keys: together(variantKeys(), []key{
		{"reply", "same", "same: the second reply equals the first"},
		{"effect", "again effect", "none: nothing happens a second time, the default; again: it happens again"},
		{"after", "duration", "how long the act is waited with, from the first answer on: the life of a key"},
	})}
}

func acceptedBlock() *block {
	return &block{name: "accepted", noun: "accepted", takes: "accepted", needs: []string{"poll"}, keys: []key{
		{"poll", "expression", "what is asked: an address, a thing or a webhook; job is what it last gave"},
		{"done", "expression", "the job is done"},
		{"failed", "expression", "the job has failed"},
		{"id", "expression", "where the job names the thing made"},
		{"within", "duration", "the longest the job may take, from the answer on"},
	}}
}

func eachBlock() *block {
	return &block{name: "each", noun: "each", takes: "each", needs: []string{"of"}, keys: together([]key{
		{"of", "expression", "the items of the request"},
		{"answer", "expression", "the answer for the item at index"},
		{"done", "expression", "the answer claims that it happened"},
		{"refused", "expression", "the answer claims that it did not"},
		{"id", "expression", "where the answer names the thing"},
	}, sentenceKeys()[:5])}
}

func knownBlock() *block {
	return &block{name: "known lie", noun: "known", takes: "known", needs: []string{"lie"}, keys: []key{
		{"when", "expression", "for which accounts or replies; without it, all"},
		{"lie", "lie", "the kind of the lie"},
		{"see", "text", "where it is documented"},
		{"until", "text", "the last day on which it is an excuse, in UTC, as 2027-01-31"},
	}}
}

func targetsBlock() *block {
	return &block{name: "targets", noun: "polygraph.yaml", takes: "polygraph.yaml", needs: []string{"targets"}, keys: []key{
		{"targets", "targets map", "the places where the provider runs, by name"},
	}}
}

func targetBlock() *block {
	return &block{name: "target", noun: "target", takes: "A target", keys: []key{
		{"server", "text", "base address, http or https"},
		{"embedded", "embedded", "a sandbox that ships in the binary"},
		{"writes", "writes", "never or allowed; never by default, except on loopback"},
		{"limits", "limits", "what may be sent to one account"},
		{"hosts", "texts", "further origins that may get credentials"},
		{"flip", "writes", "allowed: permissions may be granted and taken back to prove a cause"},
		{"roles", "text map", "role → account: further roles that contracts may name"},
		{"vars", "values", "values for paths and data"},
		{"accounts", "accounts", "the accounts, by name"},
		{"webhooks", "hook secrets", "webhook → the secret that its deliveries are signed with"},
		{"accounts_from", "text", "a CSV file of accounts in the suite"},
	}}
}

func limitsBlock() *block {
	return &block{name: "limits", noun: "limits", takes: "limits", keys: []key{
		{"rate", "rate", "requests in a time: 5/s, 300/m, 1000/h"},
		{"concurrency", "whole", "requests at the same time"},
		{"writes_per_run", "whole", "requests of a run that change something"},
	}}
}

func accountBlock() *block {
	return &block{name: "account", noun: "account", takes: "An account", keys: []key{
		{"credentials", "credentials", "references to secrets, in the form of their scheme"},
		{"tags", "texts", "words to choose and compare accounts by"},
		{"vars", "values", "values for paths and data"},
		{"expects", "expects", "what the user knows of the account"},
		{"webhooks", "hook secrets", "webhook → the secret that deliveries to this account are signed with"},
	}}
}

func expectsBlock() *block {
	return &block{name: "expects", noun: "expects", takes: "expects", keys: []key{
		{"lacks", "texts", "scopes that the account does not have"},
	}}
}

func credentialsBlock() *block {
	return &block{name: "credentials", noun: "credentials", takes: "Credentials", keys: []key{
		{"bearer", "text", "a bearer token"},
		{"basic", "basic", "user and password"},
		{"key", "text", "an API key, in a header, query parameter or cookie"},
		{"client_id", "text", "OAuth2 client credentials"},
		{"client_secret", "text", "OAuth2 client credentials"},
	}}
}

func basicBlock() *block {
	return &block{name: "basic", noun: "basic", takes: "basic", needs: []string{"user", "password"}, keys: []key{
		{"user", "text", "the user's name"},
		{"password", "text", "the user's password"},
	}}
}
