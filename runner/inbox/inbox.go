// Package inbox receives what a provider sends by itself: the deliveries of webhooks.
// An Inbox is one HTTP server of a run; a Box is an address in it that nobody can guess,
// for one attempt at one cell.
//
//	in, err := inbox.Open(inbox.Options{Client: client})
//	box := in.NewBox()
//	give(box.Address("pgabc…", "published")) // http://127.0.0.1:40123/3f…/pgabc…/published
//	if err := in.Prove(ctx); err != nil { … } // nothing that is missing counts
//	for _, d := range box.Deliveries() { … }
//
// Everything that comes is bounded: the body, the head, the time, how many at once, how
// many in a run, and how many bytes of them are kept. What is beyond is answered 503,
// and Lost says so: then nobody may conclude that nothing came.
//
// Whoever knows an address can post to it. So the bytes are kept as they came, for
// signatures, and what they say is masked and never believed by this package.
package inbox

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/polygraph-dev/polygraph/runner/wire"
)

// Options say where deliveries are received. Every zero means the default beside it.
type Options struct {
	Client *wire.Client // captures, masks and numbers what comes
	Listen string       // host:port: a free port of 127.0.0.1
	On     net.Listener // what to listen on, open already; nil: Listen
	Public string       // the address under which the provider reaches it: where it listens

	MaxBody  int64         // bytes of one delivery: 1 MiB
	MaxBytes int64         // of all that come or are kept, with what they become when they are understood: 20 MiB
	MaxKept  int           // deliveries of a run: 10,000
	AtOnce   int           // being read at the same time: 64
	Whole    time.Duration // from the head to the last byte: 10 s
	Proof    time.Duration // for a delivery to itself: 5 s
}

// An Inbox is the receiver of a run. It is safe for concurrent use, and to be closed.
type Inbox struct {
	options Options
	public  string // without a slash at the end
	prefix  string // of the path, where a tunnel hands it on whole
	secret  string // the way to Prove
	server  *http.Server
	done    chan struct{}
	turns   chan struct{}
	pulse   pulse
	client  *http.Client

	mu     sync.Mutex
	boxes  map[string]*Box
	shared []*wire.Delivery // at the address itself: of nobody in particular
	proofs map[string]chan struct{}
	coming int // to the shared address, and not received to the end
	kept   int
	bytes  int64
	lost   string    // why something that came to the shared address is not here
	lostAt time.Time // the last time
	proved time.Time // when the last delivery to itself that arrived was sent
	prove  sync.Mutex
}

// A Box is an address of its own in an inbox.
type Box struct {
	inbox  *Inbox
	token  string
	got    []*wire.Delivery
	names  []string // of each, the last part of the path
	bytes  int64    // of all of them, as the inbox counts
	coming int      // not received to the end
	lost   string   // why something that came to it is not here
}

// Open begins to listen.
func Open(o Options) (*Inbox, error) {
	o.Listen = cmp.Or(o.Listen, "127.0.0.1:0")
	o.MaxBody, o.MaxBytes = cmp.Or(o.MaxBody, 1<<20), cmp.Or(o.MaxBytes, 20<<20)
	o.MaxKept, o.AtOnce = cmp.Or(o.MaxKept, 10_000), cmp.Or(o.AtOnce, 64)
	o.Whole, o.Proof = cmp.Or(o.Whole, 10*time.Second), cmp.Or(o.Proof, 5*time.Second)
	listener := o.On
	if listener == nil {
		var err error
		if listener, err = net.Listen("tcp", o.Listen); err != nil {
			return nil, fmt.Errorf("listen for webhooks: %w", err)
		}
	}
	in := &Inbox{
		options: o, public: strings.TrimRight(cmp.Or(o.Public, "http://"+listener.Addr().String()), "/"), secret: token(),
		done: make(chan struct{}), turns: make(chan struct{}, o.AtOnce), boxes: map[string]*Box{}, proofs: map[string]chan struct{}{},
		client: &http.Client{
			Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 4, ForceAttemptHTTP2: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	if u, err := url.Parse(in.public); err == nil {
		in.prefix = u.Path
	}
	in.server = &http.Server{
		Handler: in, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: o.Whole, WriteTimeout: o.Whole + 5*time.Second,
		IdleTimeout: 30 * time.Second, MaxHeaderBytes: 64 << 10,
		ErrorLog: log.New(io.Discard, "", 0), // who hangs up or speaks no HTTP is no event
	}
	go in.pulse.run(in.done)
	go func() {
		defer close(in.done)
		_ = in.server.Serve(listener) // ends with Close; before that it says nothing that Prove does not find out
	}()
	return in, nil
}

// Close ends listening, and lets what is being received come to its end for a moment.
func (in *Inbox) Close() {
	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	if in.server.Shutdown(ctx) != nil {
		in.server.Close()
	}
	<-in.done
	in.client.CloseIdleConnections()
}

// Address is where everybody's deliveries come that were not given an address of their own.
func (in *Inbox) Address() string { return in.public }

// token is 128 random bits.
func token() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}

// NewBox makes an address of its own.
func (in *Inbox) NewBox() *Box {
	b := &Box{inbox: in, token: token()}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.boxes[b.token] = b
	return b
}

// Address is the box's address for a webhook. The mark stands in it, for whoever looks
// for what carries it.
func (b *Box) Address(mark, name string) string {
	return b.inbox.public + "/" + b.token + "/" + url.PathEscape(mark) + "/" + url.PathEscape(name)
}

// In tells whether a text holds the address.
func (b *Box) In(text string) bool { return strings.Contains(text, b.token) }

// A Received is a delivery, and how it came.
type Received struct {
	*wire.Delivery
	Name   string // the last part of the address that was used; "" at the shared one
	Shared bool   // it came to the address of everybody
}

// Deliveries gives what has come to the box, and to the shared address since a moment, in
// the order of their coming.
func (b *Box) Deliveries(since time.Time) []Received {
	b.inbox.mu.Lock()
	defer b.inbox.mu.Unlock()
	var all []Received
	for i, d := range b.got {
		all = append(all, Received{d, b.names[i], false})
	}
	for _, d := range b.inbox.shared {
		if !d.At.Before(since) {
			all = append(all, Received{d, "", true})
		}
	}
	return all
}

// Forget closes the box: what comes to it is answered 404 from now on, and what came is
// let go.
func (b *Box) Forget() {
	b.inbox.mu.Lock()
	defer b.inbox.mu.Unlock()
	delete(b.inbox.boxes, b.token)
	b.inbox.bytes -= b.bytes
	b.inbox.kept -= len(b.got)
	b.got, b.names, b.bytes = nil, nil, 0
}

// Lost says why something that came to the box, or since a moment to the shared address,
// is not among the deliveries, or not yet: one whose head has come counts as much as one
// that came whole. "" where nothing is missing.
func (b *Box) Lost(since time.Time) string {
	b.inbox.mu.Lock()
	defer b.inbox.mu.Unlock()
	switch {
	case b.lost != "":
		return b.lost
	case !b.inbox.lostAt.Before(since):
		return b.inbox.lost
	case b.coming+b.inbox.coming > 0:
		return "a delivery has begun to come, and not come to its end"
	}
	return ""
}

// ServeHTTP receives.
func (in *Inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := time.Now()
	first, name := in.where(r.URL.Path)
	if first == in.secret {
		in.arrived(name)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	box, known := in.box(first)
	if !known {
		http.NotFound(w, r)
		return
	}
	defer in.begin(box)()
	select {
	case in.turns <- struct{}{}:
		defer func() { <-in.turns }()
	case <-time.After(in.options.Whole / 2):
		in.refuse(w, box, "more deliveries came at once than are received", http.StatusServiceUnavailable)
		return
	}
	raw, held, err := in.read(w, r)
	if err != nil {
		var large *http.MaxBytesError
		switch in.release(0, held); {
		case errors.Is(err, errFull):
			in.refuse(w, box, errFull.Error(), http.StatusServiceUnavailable)
		case errors.As(err, &large):
			in.refuse(w, box, fmt.Sprintf("a delivery was larger than %d bytes", in.options.MaxBody), http.StatusRequestEntityTooLarge)
		}
		return // cut short: whoever sent it knows that it was not answered
	}
	if answer, asked := challenge(r, raw); asked {
		in.release(0, held)
		answer.write(w)
		return
	}
	if !in.keep(box, name, r, raw, held, at) {
		in.release(0, held)
		in.refuse(w, box, errFull.Error(), http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// where takes a path apart: whose it is, and what it was given for.
func (in *Inbox) where(p string) (first, name string) {
	if rest, ok := strings.CutPrefix(p+"/", in.prefix+"/"); ok && in.prefix != "" {
		p = rest // else the tunnel has taken the prefix off
	}
	p = strings.Trim(path.Clean("/"+p), "/")
	first, rest, _ := strings.Cut(p, "/")
	if rest != "" {
		name = path.Base(rest)
	}
	return first, name
}

// box finds whose a first part of a path is; "" is the shared address, nil.
func (in *Inbox) box(first string) (*Box, bool) {
	if first == "" {
		return nil, true
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	b := in.boxes[first]
	return b, b != nil
}

// begin counts a delivery that comes, until it has come.
func (in *Inbox) begin(box *Box) (end func()) {
	count := &in.coming
	if box != nil {
		count = &box.coming
	}
	add := func(n int) {
		in.mu.Lock()
		defer in.mu.Unlock()
		*count += n
	}
	add(1)
	return func() { add(-1) }
}

var errFull = errors.New("more deliveries came than are kept")

// read reads a body, for which it makes room as it comes: one that drips holds little.
func (in *Inbox) read(w http.ResponseWriter, r *http.Request) (raw []byte, held int64, err error) {
	const part = 32 << 10
	body, whole := http.MaxBytesReader(w, r.Body, in.options.MaxBody), bytes.Buffer{}
	for {
		if !in.reserve(0, part) {
			return nil, held, errFull
		}
		held += part
		if _, err := io.CopyN(&whole, body, part); errors.Is(err, io.EOF) {
			exact := int64(whole.Len()) + headWeight(r.Header)
			in.release(0, held-exact)
			return bytes.Clone(whole.Bytes()), exact, nil
		} else if err != nil {
			return nil, held, err
		}
	}
}

// keep adds a delivery, unless there are too many; it takes over what is held for it then.
// It is understood without the lock: that of a thousand large ones takes its time, and
// others wait for theirs. Room for the most that it may become is made before that: what is
// refused for want of room costs none.
func (in *Inbox) keep(box *Box, name string, r *http.Request, raw []byte, held int64, at time.Time) bool {
	most := forecast(raw)
	if !in.reserve(1, most) {
		return false
	}
	d := in.options.Client.Receive(r, raw, in.public+r.URL.RequestURI(), at, http.StatusOK)
	more := int64(len(d.Exchange.RequestBody)) + weight(d.Body)
	if !in.reserve(0, more-most) {
		in.release(1, most)
		return false
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case box == nil:
		in.shared = append(in.shared, d)
	case in.boxes[box.token] == nil: // nobody waits for it any more
		in.kept, in.bytes = in.kept-1, in.bytes-held-more
	default:
		box.got, box.names, box.bytes = append(box.got, d), append(box.names, name), box.bytes+held+more
	}
	return true
}

// reserve makes room, if there is any.
func (in *Inbox) reserve(deliveries int, bytes int64) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.kept+deliveries > in.options.MaxKept || in.bytes+bytes > in.options.MaxBytes {
		return false
	}
	in.kept, in.bytes = in.kept+deliveries, in.bytes+bytes
	return true
}

func (in *Inbox) release(deliveries int, bytes int64) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.kept, in.bytes = in.kept-deliveries, in.bytes-bytes
}

// headWeight is about what a head takes, and what is noted of each delivery.
func headWeight(header http.Header) int64 {
	n := int64(1 << 10)
	for name, values := range header {
		for _, value := range values {
			n += int64(len(name) + len(value))
		}
	}
	return 2 * n
}

// refuse answers what is not received, and remembers that something is missing.
func (in *Inbox) refuse(w http.ResponseWriter, box *Box, why string, status int) {
	in.mu.Lock()
	if box != nil {
		box.lost = why
	} else {
		in.lost, in.lostAt = why, time.Now()
	}
	in.mu.Unlock()
	http.Error(w, why, status)
}
