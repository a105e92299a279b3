package engine

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// Where a listing that does not end is given up: after so many pages, bytes of text,
// or when its pages have taken as long as an act may. It then proves nothing.
const (
	mostPages  = 1000
	mostListed = 16 << 20
)

// A pager says how the items of a reply and its next page are found.
type pager struct {
	items *expr.Program // nil: the body itself, or its only list
	next  *expr.Program // nil: Link: rel="next"
	gone  *expr.Program // an item for which it holds was deleted; nil: every item is there
	sole  bool          // a reply without items is the one thing itself
	key   []string
}

// reading says how pages are read, the same for pagers that read alike.
func (p *pager) reading() string {
	if p == nil {
		return ""
	}
	return joined(sourceOf(p.items), sourceOf(p.next), sourceOf(p.gone), strconv.FormatBool(p.sole), joined(p.key...))
}

// private tells looks apart that read a reply by what their requests were made with:
// they share nothing. It is empty for all others.
func (p *pager) private(r *request) string {
	if p == nil || len(aroundOf(p.items))+len(aroundOf(p.next))+len(aroundOf(p.gone)) == 0 {
		return ""
	}
	return fmt.Sprintf("%p", r)
}

func sourceOf(program *expr.Program) string {
	if program == nil {
		return ""
	}
	return program.Source()
}

// joined is a text that differs where any of its parts does, whatever they hold.
func joined(parts ...string) string {
	var b strings.Builder
	for _, part := range parts {
		b.WriteString(strconv.Itoa(len(part)))
		b.WriteByte(':')
		b.WriteString(part)
	}
	return b.String()
}

// Fetched is what one look brought home: a reply, or all pages of a listing. It
// is shared by the cells that asked at the same time, and never changed.
type fetched struct {
	first  *wire.Reply
	pages  []*wire.Reply
	sentAt time.Time // of the first page
	gotAt  time.Time // of the last
	asked  string    // address and body of the first
	list   *listing  // nil when it was no listing

	parse   sync.Once
	doc     *html.Node
	garbled error // why there is no doc
}

// A listing is all pages of a list, its items told apart by key.
type listing struct {
	items    []listed
	at       map[string]int // key → index in items
	complete bool           // every page, no drift
	why      string         // why it is not known at all; "" when it is
	status   int            // with why
	sole     bool           // with why: the reply has no items and is the one thing itself
}

// Listed is one item.
type listed struct {
	key      string
	identity any
	raw      any
	markers  []string // of ours, anywhere in its text
}

// keys is a listing without what its items hold.
func (l *listing) keys() *listing {
	slim := *l
	slim.items = make([]listed, len(l.items))
	for i, item := range l.items {
		slim.items[i] = listed{key: item.key, identity: item.identity, markers: item.markers}
	}
	return &slim
}

// A sharer is a way of waiting for a look that others may share.
type sharer func(ctx context.Context, key string, since time.Time, fly func() *fetched) (*fetched, error)

// fetch reads once, all pages where there is a pager. Two resources may find their
// items in one and the same reply: whoever reads it otherwise shares nothing.
func (e *Engine) fetch(get sharer, ctx context.Context, who *eyes, call *contracts.Call, r *request, p *pager, since time.Time) (*fetched, error) {
	header := ""
	if len(r.header) > 0 {
		header = fmt.Sprint(r.header)
	}
	key := joined(who.name, r.method, r.url, string(r.encoded), header, call.Text, p.reading(), p.private(r))
	return get(ctx, key, since, func() *fetched { return e.fly(who, r, p) })
}

func (e *Engine) fly(who *eyes, r *request, p *pager) *fetched {
	if r.before != nil {
		again := *r
		again.like = r.before.first
		r = &again
	}
	reply := e.send(e.hard, who, r)
	f := &fetched{first: reply, pages: []*wire.Reply{reply}, sentAt: reply.SentAt, gotAt: reply.SaidAt, asked: r.asked()}
	if p == nil {
		return f
	}
	f.list = e.walk(e.hard, who, r, p, f)
	return f
}

// walk follows a listing to its end.
func (e *Engine) walk(ctx context.Context, who *eyes, r *request, p *pager, f *fetched) *listing {
	l := &listing{at: map[string]int{}, complete: true}
	var seen map[string]bool
	bytes, spent, last := 0, time.Duration(0), 0
	most, _ := e.client.Longest()
	for reply := f.first; ; {
		bytes += len(reply.Text)
		spent += reply.SaidAt.Sub(reply.SentAt) // on the line: waiting for a limit is no fault of the list
		if why := e.notReadable(reply); why != "" {
			return &listing{why: why, status: reply.Status}
		}
		if len(f.pages) == 1 && p.unchanged(f, r.before) {
			return r.before.list
		}
		items, err := p.find(r, reply)
		if err != nil {
			return &listing{why: err.Error(), status: reply.Status, sole: p.sole}
		}
		last = len(l.items) // what is deleted from the last page moves no other
		l.add(p.living(r, items, reply), p.key)
		next, err := e.following(p, r, reply)
		if err != nil {
			return &listing{why: err.Error(), status: reply.Status}
		}
		if next == nil {
			break
		}
		if seen == nil {
			seen = map[string]bool{r.asked(): true}
		}
		if seen[next.asked()] || len(f.pages) >= mostPages || bytes > mostListed || spent > most {
			return &listing{why: fmt.Sprintf("the list does not end: %d pages, %d bytes, %s", len(f.pages), bytes, spent.Round(time.Millisecond)), status: reply.Status}
		}
		seen[next.asked()] = true
		next.like = next.before.page(len(f.pages))
		r = next
		reply = e.send(ctx, who, r)
		f.pages = append(f.pages, reply)
		f.gotAt = reply.SaidAt
	}
	if len(f.pages) > 1 && e.passedOver(l, last, f.sentAt, f.gotAt) {
		l.complete = false
	}
	return l
}

// asked tells the pages of a listing apart.
func (r *request) asked() string { return r.url + string(r.encoded) }

// page gives one of the replies; nil where there are not so many.
func (f *fetched) page(at int) *wire.Reply {
	if f == nil || at >= len(f.pages) {
		return nil
	}
	return f.pages[at]
}

// unchanged tells whether a listing of one page is, in all that its items are made
// out of, the one that the same look brought home before.
func (p *pager) unchanged(f, before *fetched) bool {
	if before == nil || before.list == nil || before.list.why != "" || len(before.pages) > 1 || before.asked != f.asked {
		return false
	}
	if !f.first.Same || f.first.Status != before.first.Status || p.next == nil && linkNext(f.first) != linkNext(before.first) {
		return false
	}
	for _, program := range []*expr.Program{p.items, p.next, p.gone} {
		if len(aroundOf(program)) > 0 {
			return false
		}
		for _, ref := range refsOf(program) {
			if ref[0] == "response" && (len(ref) == 1 || ref[1] == "headers") {
				return false
			}
		}
	}
	return true
}

// find gives the items of one page.
func (p *pager) find(r *request, reply *wire.Reply) ([]any, error) {
	if p.items != nil {
		value, err := p.items.Eval(r.sees(p.items, reply))
		if err != nil {
			return nil, fmt.Errorf("items: %w", err)
		}
		if items, ok := value.([]any); ok {
			return items, nil
		}
		if wire.IsXML(reply.Header.Get("Content-Type")) {
			return itemsOfXML(p.items, value, reply)
		}
		if value == nil { // null is an empty list to many serialisers
			return nil, nil
		}
		return nil, fmt.Errorf("items: %s gives %s, not a list", p.items.Source(), expr.Format(value))
	}
	if reply.Empty {
		return nil, fmt.Errorf("the reply has no body, and so no list")
	}
	return onlyList(reply.Body)
}

// living leaves out the tombstones among the items of a page.
func (p *pager) living(r *request, items []any, reply *wire.Reply) []any {
	if p.gone == nil {
		return items
	}
	var alive []any
	vars := r.sees(p.gone, reply)
	for _, item := range items {
		vars["item"] = item
		if truth, err := p.gone.Truth(vars); err != nil || truth != expr.True {
			alive = append(alive, item)
		}
	}
	return alive
}

// onlyList finds the items where nobody said where they stand: the reply itself,
// or its only top-level list. A null in their place is an empty list: so some
// serialisers write it.
func onlyList(body any) ([]any, error) {
	switch v := body.(type) {
	case []any:
		return v, nil
	case nil:
		return nil, nil
	case map[string]any:
		var found []any
		lists, nulls := 0, 0
		for _, value := range v {
			if list, ok := value.([]any); ok {
				found, lists = list, lists+1
			}
			if value == nil {
				nulls++
			}
		}
		if lists == 1 || lists == 0 && nulls == 1 {
			return found, nil
		}
		return nil, fmt.Errorf("the reply has %d lists: say which one in `items`", lists)
	}
	return nil, fmt.Errorf("the reply is no list and has none")
}

// add takes the items of a page. A key that was on an earlier page is drift, not
// a duplicate: something moved while we turned the page.
func (l *listing) add(items []any, key []string) {
	page := map[string]bool{}
	for _, raw := range items {
		identity := walkPath(raw, key)
		text := identityText(identity)
		if text == "" {
			text = fmt.Sprintf("#%d", len(l.items))
		}
		if at, has := l.at[text]; has && !page[text] {
			l.complete = false
			l.items[at] = listed{key: text, identity: identity, raw: raw, markers: markersIn(raw)}
			continue
		}
		page[text] = true
		l.at[text] = len(l.items)
		l.items = append(l.items, listed{key: text, identity: identity, raw: raw, markers: markersIn(raw)})
	}
}

// following gives the request for the next page; nil at the end.
func (e *Engine) following(p *pager, r *request, reply *wire.Reply) (*request, error) {
	if p.next == nil {
		return e.nextPage(r, linkNext(reply))
	}
	value, err := p.next.Eval(r.sees(p.next, reply))
	if err != nil {
		return nil, fmt.Errorf("next: %w", err)
	}
	switch v := value.(type) {
	case nil, expr.Absence:
		return nil, nil
	case string:
		return e.nextPage(r, v)
	case map[string]any:
		return r.toMerged(v)
	}
	return nil, fmt.Errorf("next: %s gives %s, not an address or a map", p.next.Source(), expr.Format(value))
}

// nextPage is toAddress for an address that a reply names.
func (e *Engine) nextPage(r *request, address string) (*request, error) {
	next, err := r.toAddress(address)
	if err != nil || next == nil {
		return nil, err
	}
	if err := e.mayAsk(next.url); err != nil {
		return nil, fmt.Errorf("next: %w", err)
	}
	return next, nil
}

// toAddress is the same request to another address, which may be relative; nil for none.
func (r *request) toAddress(address string) (*request, error) {
	if address == "" {
		return nil, nil
	}
	base, err := url.Parse(r.url)
	if err != nil {
		return nil, fmt.Errorf("next: %w", err)
	}
	next, err := base.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("next: %w", err)
	}
	copied := *r
	copied.url, copied.query = next.String(), queryIn(next)
	return &copied, nil
}

// queryIn is the query of an address as `request.query` shows it.
func queryIn(address *url.URL) map[string]any {
	query := map[string]any{}
	for name, values := range address.Query() {
		query[name] = values[0]
		if len(values) > 1 {
			query[name] = anyList(values)
		}
	}
	return query
}

func (r *request) toMerged(changes map[string]any) (*request, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	copied := *r
	if body, ok := r.body.(map[string]any); ok && r.has {
		merged := maps.Clone(body)
		maps.Copy(merged, changes)
		copied.body, copied.told = merged, mergeValues(r.told, changes)
		return &copied, copied.encode("")
	}
	var err error
	copied.url, err = withQuery(r.url, changes)
	copied.query = mergeValues(r.query, changes) // what `next` counts on from
	return &copied, err
}

// selectAll gives what a CSS selector matches: text and attributes of each.
func (f *fetched) selectAll(selector string) ([]any, error) {
	compiled, err := cascadia.ParseGroup(selector)
	if err != nil {
		return nil, fmt.Errorf("find: %w", err)
	}
	f.parse.Do(func() {
		f.doc, f.garbled = parseMarkup(f.first)
	})
	if f.garbled != nil {
		return nil, f.garbled
	}
	found := []any{}
	for _, node := range cascadia.QueryAll(f.doc, compiled) {
		attributes := map[string]any{}
		for _, a := range node.Attr {
			attributes[a.Key] = a.Val
		}
		found = append(found, map[string]any{"text": strings.Join(strings.Fields(nodeText(node)), " "), "attributes": attributes})
	}
	return found, nil
}

func nodeText(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	text := ""
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		text += nodeText(child) + " "
	}
	return text
}
