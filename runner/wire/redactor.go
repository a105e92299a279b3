package wire

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// ShortestMask is the length, in bytes, from which on a secret is masked by value. Shorter ones would blot out innocent
// text: masking "admin" or "1234" by value makes a report unreadable and gives the secret away by its gaps.
const ShortestMask = 8

// Maskable says whether a secret is long enough to be masked by value. Who configures accounts refuses those that are
// not, with the hint that a secret needs at least ShortestMask bytes.
func Maskable(secret string) bool { return len(secret) >= ShortestMask }

// Redactor replaces secrets by ***, in each form in which a server may send them back: as they are, escaped for JSON,
// HTML, a URL or a form, in base64 (both alphabets, at each of the three alignments that a text can have inside a longer
// one) and in hex. It is safe for concurrent use; secrets may be added at any time. It prints as ***.
//
// A text is walked once, in windows of eight bytes, against a bit set of how the needles end. Thousands of accounts
// therefore cost as much per byte as one. The end, because tokens of one provider begin alike ("sk_live_", "eyJhbGci").
// A text with escapes in it is walked again without them, see uncode.
type Redactor struct {
	mu      sync.RWMutex
	needles map[uint64][]string // by their last eight bytes
	count   int
	bits    []uint64 // which hashes of last eight bytes occur; its length is a power of two
	shift   uint     // of a 64-bit hash to an index of a bit
	escaped bool     // a secret looks escaped itself: to undo all kinds at once would undo the secret, too
	known   atomic.Int64
}

// knows grows with every secret that is added.
func (r *Redactor) knows() int64 { return r.known.Load() }

// NewRedactor masks the secrets given; those that are not Maskable are left out.
func NewRedactor(secrets ...string) *Redactor {
	r := &Redactor{needles: map[uint64][]string{}}
	r.grow(1 << 6)
	r.Add(secrets...)
	return r
}

// Add masks further secrets from now on. What was masked before is not looked at again.
func (r *Redactor) Add(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, secret := range secrets {
		if !Maskable(secret) {
			continue
		}
		r.escaped = r.escaped || unescaped(secret) != secret
		for _, form := range forms(secret) {
			r.insert(form)
		}
	}
}

func (r *Redactor) insert(needle string) {
	tail := window(needle[len(needle)-ShortestMask:])
	for _, known := range r.needles[tail] {
		if known == needle {
			return
		}
	}
	r.needles[tail] = append(r.needles[tail], needle)
	r.known.Add(1)
	r.count++
	if r.count > len(r.bits) {
		r.grow(len(r.bits) * 4)
		return
	}
	r.mark(tail)
}

// grow makes room for about as many needles as there are words, which keeps false alarms of the bit set near 1 in 64.
func (r *Redactor) grow(words int) {
	r.bits = make([]uint64, words)
	r.shift = 64
	for n := words * 64; n > 1; n >>= 1 {
		r.shift--
	}
	for tail := range r.needles {
		r.mark(tail)
	}
}

func (r *Redactor) mark(tail uint64) {
	bit := tail * spread >> r.shift
	r.bits[bit>>6] |= 1 << (bit & 63)
}

// spread is 2^64 divided by the golden ratio: Fibonacci hashing.
const spread = 0x9E3779B97F4A7C15

func window(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// Mask returns the text without secrets: the same slice when there were none, else a new one.
func (r *Redactor) Mask(text []byte) []byte {
	before := string(text)
	if after := r.MaskText(before); after != before {
		return []byte(after)
	}
	return text
}

// MaskText is Mask for a string. Secrets that overlap or touch become one ***, so that no rest of either is left.
func (r *Redactor) MaskText(text string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.count == 0 {
		return text
	}
	found := r.within(text, escapeKinds, r.scan(text))
	if r.escaped && strings.ContainsAny(text, escapeKinds) {
		for at := range escapeKinds {
			found = r.within(text, escapeKinds[at:at+1], found)
		}
	}
	return blot(text, merge(found))
}

// within adds what is found in a text under escapes of these kinds.
func (r *Redactor) within(text, kinds string, found []span) []span {
	plain := text
	for layer := 1; layer <= escapeLayers; layer++ {
		var changed bool
		if plain, changed = uncode(plain, kinds); !changed {
			break
		}
		if hidden := r.scan(plain); len(hidden) > 0 {
			found = append(found, escapedAt(text, kinds, layer, hidden)...)
		}
	}
	return found
}

// scan finds the needles in a text as it stands, in the order of their ends.
func (r *Redactor) scan(text string) []span {
	var found []span
	for end := ShortestMask; end <= len(text); end++ {
		tail := window(text[end-ShortestMask:])
		if bit := tail * spread >> r.shift; r.bits[bit>>6]&(1<<(bit&63)) == 0 {
			continue
		}
		if n := r.longest(tail, text[:end]); n > 0 {
			found = append(found, span{end - n, end})
		}
	}
	return found
}

// span is text[from:to].
type span struct{ from, to int }

// merge orders spans, and makes one of those that overlap or touch.
func merge(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var out []span
	for _, next := range spans {
		if last := len(out) - 1; last >= 0 && next.from <= out[last].to {
			out[last].to = max(out[last].to, next.to)
			continue
		}
		out = append(out, next)
	}
	return out
}

func blot(text string, spans []span) string {
	if len(spans) == 0 {
		return text
	}
	var out strings.Builder
	done := 0
	for _, s := range spans {
		out.WriteString(text[done:s.from])
		out.WriteString(Mask)
		done = s.to
	}
	out.WriteString(text[done:])
	return out.String()
}

func (r *Redactor) longest(tail uint64, text string) int {
	n := 0
	for _, needle := range r.needles[tail] {
		if len(needle) > n && strings.HasSuffix(text, needle) {
			n = len(needle)
		}
	}
	return n
}

// MaskCut masks a text that was cut short: a beginning of a secret at its very end, of four bytes or more, goes too.
func (r *Redactor) MaskCut(text string) string {
	text = r.MaskText(text)
	r.mu.RLock()
	defer r.mu.RUnlock()
	cut := 0
	for _, bucket := range r.needles {
		for _, needle := range bucket {
			for n := min(len(needle)-1, len(text)); n >= 4 && n > cut; n-- {
				if strings.HasSuffix(text, needle[:n]) {
					cut = n
				}
			}
		}
	}
	if cut == 0 {
		return text
	}
	return text[:len(text)-cut] + Mask
}

// MaskValue masks every text and number in a decoded value, and the names of fields. Lists and maps are changed in place.
func (r *Redactor) MaskValue(value any) any {
	switch v := value.(type) {
	case string:
		return r.MaskText(v)
	case json.Number:
		if masked := r.MaskText(string(v)); masked != string(v) {
			return masked
		}
	case []any:
		for i := range v {
			v[i] = r.MaskValue(v[i])
		}
	case map[string]any:
		r.maskFields(v)
	}
	return value
}

// Hide gives a decoded value as it would be shown had a reply brought it: without secrets, and without what stands in
// SecretFields. The value itself is left alone.
func (c *Client) Hide(value any) any {
	if !c.redactor.holds(value) && !c.scrubber.touches(value) {
		return value
	}
	value = copied(value)
	_, _ = c.scrubber.value(value)
	return c.redactor.MaskValue(value)
}

func copied(value any) any {
	switch v := value.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = copied(v[i])
		}
		return list
	case map[string]any:
		fields := make(map[string]any, len(v))
		for name, inner := range v {
			fields[name] = copied(inner)
		}
		return fields
	}
	return value
}

// holds says whether there is anything to mask in a decoded value.
func (r *Redactor) holds(value any) bool {
	switch v := value.(type) {
	case string:
		return r.MaskText(v) != v
	case json.Number:
		return r.MaskText(string(v)) != string(v)
	case []any:
		return slices.ContainsFunc(v, r.holds)
	case map[string]any:
		for name, inner := range v {
			if r.holds(name) || r.holds(inner) {
				return true
			}
		}
	}
	return false
}

func (r *Redactor) maskFields(fields map[string]any) {
	var renamed map[string]any // not into the map that is being walked: Go may then visit the new name, too
	for name, value := range fields {
		value = r.MaskValue(value)
		if masked := r.MaskText(name); masked != name {
			if renamed == nil {
				renamed = map[string]any{}
			}
			renamed[masked] = value
			delete(fields, name)
			continue
		}
		fields[name] = value
	}
	for name, value := range renamed {
		fields[name] = value
	}
}

// Format prints ***, whatever the verb: the needles are the secrets.
func (r *Redactor) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Mask) }
