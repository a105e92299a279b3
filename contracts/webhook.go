package contracts

import (
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// A Webhook is a kind of event that the provider delivers by itself. In calls its name
// is a variable: NAME.url is where this run receives it, and NAME.secret what the run
// has drawn to sign it with, for providers that take either when somebody subscribes.
type Webhook struct {
	Pos       Position
	Name      string
	When      *expr.Program // over event and request; nil: every event
	Items     *expr.Program // the events of one delivery; nil: its body is the only one
	ID        *expr.Program // what tells one event from another; nil: a header that is known for it, else the event itself
	Signature *Signature    // nil: deliveries are not signed
}

// A Signature is how deliveries are signed: an HMAC, in hex or base64, anywhere in a
// header.
type Signature struct {
	Header string // lower case
	Signs  string // what is signed; {body} stands for the raw bytes, {name} for a part of the header, or another header
	Hash   string // sha256, sha1 or sha512
}

// Webhook gives the named webhook, or nil.
func (p *Provider) Webhook(name string) *Webhook {
	for _, w := range p.Webhooks {
		if w.Name == name {
			return w
		}
	}
	return nil
}

func (l *loader) webhookNames() []string {
	var out []string
	if l.provider == nil {
		return nil
	}
	for _, w := range l.provider.Webhooks {
		out = append(out, w.Name)
	}
	return out
}

// webhookNamed is the webhook that a file names; nil where there is none, which is a mistake.
func (l *loader) webhookNamed(n *node) *Webhook {
	names := l.webhookNames()
	if slices.Contains(names, n.text) {
		return l.provider.Webhook(n.text)
	}
	hint := didYouMean(n.text, names) + "webhooks are " + sentence(names)
	if len(names) == 0 {
		hint = "describe it in provider.yaml: webhooks: {" + n.text + ": {when: …}}"
	}
	l.mistake(n, hint, "there is no webhook %s", quote(n.text))
	return nil
}

// webhookBlock, signatureBlock and webhookSecretBlock are the keys of a webhook.
func webhookBlock() *block {
	return &block{name: "webhook", noun: "webhook", takes: "A webhook", keys: []key{
		{"when", "expression", "which deliveries are meant; event is the decoded body"},
		{"items", "expression", "the events of one delivery, when it holds several"},
		{"id", "expression", "what tells one event from another: the same event may be delivered again"},
		{"signature", "signature", "how a delivery is signed"},
	}}
}

func signatureBlock() *block {
	return &block{name: "signature", noun: "signature", takes: "A signature", needs: []string{"header"}, keys: []key{
		{"header", "text", "the header that carries the signature of the raw bytes"},
		{"signs", "text", "what is signed: {body} by default; {t}.{body} signs a part of the header, or another header, before the body"},
		{"hash", "hash", "of the HMAC: sha256 (the default), sha1 or sha512"},
	}}
}

func webhookSecretBlock() *block {
	return &block{name: "webhook secret", noun: "webhook", takes: "A webhook", needs: []string{"secret"}, keys: []key{
		{"secret", "texts", "a reference to the secret that deliveries are signed with; several while one is replaced by another"},
	}}
}

// hashes are those of signatures.
var hashes = []string{"sha256", "sha1", "sha512"}

// readWebhooks reads `webhooks`.
func (l *loader) readWebhooks() {
	s := l.base().with("request")
	for _, w := range l.provider.Webhooks {
		n := l.blocks[w.Name]
		if l.fields(n, webhookBlock(), w.Name) == nil {
			continue
		}
		w.Items = l.program(n.get("items"), s, expr.Any)
		w.When = l.program(n.get("when"), s.with("event"), expr.Bool)
		w.ID = l.program(n.get("id"), s.with("event"), expr.Any)
		w.Signature = l.signature(n.get("signature"))
	}
}

func (l *loader) signature(n *node) *Signature {
	if n == nil || l.fields(n, signatureBlock(), "") == nil {
		return nil
	}
	s := &Signature{Header: strings.ToLower(l.text(n.get("header"), "header")), Signs: "{body}", Hash: "sha256"}
	if signs := n.get("signs"); signs != nil {
		s.Signs = l.text(signs, "signs")
		if s.Signs != "" && !strings.Contains(s.Signs, "{body}") {
			l.mistake(signs, "write it as {t}.{body}", "signs does not hold {body}: such a signature would fit every delivery")
		}
	}
	if hash := l.oneOf(n.get("hash"), "hash", hashes...); hash != "" {
		s.Hash = hash
	}
	return s
}

// webhookSecrets reads `webhooks` of a target or an account.
func (l *loader) webhookSecrets(t *Target, n *node) map[string][]Reference {
	if n == nil {
		return nil
	}
	if n.shape != mapping {
		l.mistake(n, `write webhooks: {NAME: {secret: "${env.HOOK_SECRET}"}}`, "webhooks must be a map, not %s", n.shape)
		return nil
	}
	out := map[string][]Reference{}
	for _, p := range n.pairs {
		if l.webhookNamed(p.key) == nil || l.fields(p.value, webhookSecretBlock(), p.key.text) == nil {
			continue
		}
		for _, secret := range l.words(p.value.get("secret"), "secret") {
			r := Reference{Pos: secret.pos, Text: secret.text, Dir: l.dir}
			if m := l.literal(t, "secret", r); m != nil {
				l.add(*m) // without its line, which holds the secret
			}
			out[p.key.text] = append(out[p.key.text], r)
		}
	}
	return out
}

// readSends reads a webhook as an observation.
func (d *draft) readSends(e *Effect, n, key *node, top bool) {
	e.Webhook = d.webhookNamed(key)
	e.Picks = d.program(n.get("where"), d.all.with("event"), expr.Bool)
	e.Times = 1
	if t := n.get("times"); t != nil {
		e.Times = d.whole(t, "times", 0, 1000)
	}
	e.Fails = d.program(n.get("fails"), d.all, expr.Bool)
	if !top {
		e.As = d.roles(n.get("as"))
		e.Waits = d.waits(n)
	}
	d.checkWaits(n, e)
}
