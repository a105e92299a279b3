package wire

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Client sends the requests of one run and keeps what they share: connections of reads, the redactor, the count of
// exchanges. It is safe for concurrent use.
type Client struct {
	options  Options
	redactor *Redactor
	scrubber *scrubber
	number   atomic.Int64
	known    sync.Map // *Credential → struct{}: its secrets are in the redactor

	mu     sync.Mutex
	lines  map[*Credential]*http.Transport // nil: all accounts that prove themselves in the request
	aloft  map[*flight]struct{}            // under way
	closed bool

	running sync.WaitGroup
	life    context.Context // of dials; ends with Close
	die     context.CancelCauseFunc
	buffers sync.Pool // of *bytes.Buffer, for bodies
}

// New makes a Client. It is to be closed.
func New(options Options) *Client {
	options = options.withDefaults()
	c := &Client{
		options:  options,
		redactor: NewRedactor(),
		scrubber: newScrubber(options.SecretFields),
		lines:    map[*Credential]*http.Transport{},
		aloft:    map[*flight]struct{}{},
	}
	c.life, c.die = context.WithCancelCause(context.Background())
	return c
}

// Close ends what is still being sent (as canceled), waits for it, and closes all connections. What is sent afterwards is
// canceled at once. A second Close does nothing.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	for f := range c.aloft {
		f.stop(errClosed)
	}
	c.mu.Unlock()
	c.die(errClosed)
	c.running.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, line := range c.lines {
		line.CloseIdleConnections()
	}
}

// Longest is how long an act and a read may take, each at the longest.
func (c *Client) Longest() (act, read time.Duration) { return c.options.Whole, c.options.Read }

// Redactor masks everything that this client knows to be secret, for texts that do not come from it.
func (c *Client) Redactor() *Redactor { return c.redactor }

// begin counts an exchange as running, until end; false means that the client is closed.
func (c *Client) begin(f *flight) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.aloft[f] = struct{}{}
	c.running.Add(1)
	return true
}

func (c *Client) end(f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.aloft, f)
	c.running.Done()
}

// line gives the transport on which a credential may travel. Accounts with a certificate have one each, because the
// connection itself is their proof: on a shared one, the next account would be taken for this one.
func (c *Client) line(credential *Credential) *http.Transport {
	if credential.certificate() == nil {
		credential = nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lines[credential] == nil {
		c.lines[credential] = c.newLine(credential.certificate())
	}
	return c.lines[credential]
}

func (c *Client) newLine(certificate *tls.Certificate) *http.Transport {
	trust := &tls.Config{RootCAs: c.options.Roots, MinVersion: tls.VersionTLS12}
	if certificate != nil {
		trust.Certificates = []tls.Certificate{*certificate}
	}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment, // which leaves loopback alone
		DialContext:            c.dial,
		TLSClientConfig:        trust,
		TLSHandshakeTimeout:    c.options.TLS,
		ResponseHeaderTimeout:  c.options.FirstByte,
		MaxResponseHeaderBytes: c.options.MaxHeader,
		DisableCompression:     true, // we decompress, within MaxBody
		ForceAttemptHTTP2:      true,
		WriteBufferSize:        2 << 10, // heads and bodies of requests are small, and connections many
		MaxIdleConns:           0,
		MaxIdleConnsPerHost:    4096, // a run may have a thousand reads under way at once
		IdleConnTimeout:        30 * time.Second,
	}
}

// dial ends with the client, too: the transport goes on with a dial when the request that wanted it has given up.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Dial)
	defer cancel()
	defer context.AfterFunc(c.life, cancel)()
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// Learn has the secrets of a credential masked from now on, before it is sent with anything.
func (c *Client) Learn(credential *Credential) {
	if credential == nil {
		return
	}
	if _, known := c.known.LoadOrStore(credential, struct{}{}); !known {
		c.redactor.Add(credential.Secrets()...)
	}
}
