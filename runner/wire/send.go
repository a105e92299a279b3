package wire

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"
)

// Send sends the request and waits for its whole reply, a failure, the end of ctx or Options.Whole (for a read
// Options.Read), whichever is first. It never returns nil and follows no redirect. It sends even what looks foolish; what cannot be sent at all is a Failure
// of kind invalid, with nothing sent.
func (c *Client) Send(ctx context.Context, r Request) *Reply {
	f := &flight{client: c, request: &r, track: newTrack(), number: c.number.Add(1)}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	f.stop = stop
	if !c.begin(f) {
		return f.failed(failureOf(errClosed, PhasePrepare))
	}
	defer c.end(f)
	limit := c.options.Whole
	if !r.Act { // a read can be made again, and is waited for by everything that follows
		limit = c.options.Read
	}
	defer time.AfterFunc(limit, func() { stop(context.DeadlineExceeded) }).Stop()

	if failure := f.prepare(ctx); failure != nil {
		return f.failed(failure)
	}
	response, hangUp, err := f.depart()
	if err != nil {
		hangUp() // before asking how far it came: until then bytes may still leave
		return f.failed(f.failureOf(ctx, err))
	}
	if response.StatusCode == http.StatusUnauthorized && f.proved != nil && f.proved.tokens != nil {
		f.proved.tokens.drop(f.token)
	}
	buffer, giveBack := c.buffer()
	defer giveBack()
	body, err := readBody(response, c.options.MaxBody, &f.odd, buffer)
	f.saidAt = time.Now()
	_ = response.Body.Close()
	hangUp()
	if err != nil && !errors.Is(err, errGarbled) {
		return f.capture(response, body, f.bodyFailure(ctx, err), nil)
	}
	return f.capture(response, body, nil, err)
}

// flight is one exchange under way.
type flight struct {
	client  *Client
	request *Request
	number  int64
	stop    context.CancelCauseFunc
	out     *http.Request
	proved  *Credential // the credential that went along, nil if none did
	token   string      // of its own, where it fetches them
	line    *http.Transport
	track   *track
	odd     oddities
	saidAt  time.Time
}

// prepare makes what goes out, credential and all. Nothing has been sent to the target when it fails.
func (f *flight) prepare(ctx context.Context) *Failure {
	f.client.Learn(f.request.Credential) // first of all: even an address that cannot be read may hold the secret
	var err error
	traced := httptrace.WithClientTrace(ctx, f.track.trace()) // not for the token's own request: it is no send of ours
	if f.out, err = f.request.outgoing(traced, f.client.options.Agent); err != nil {
		return &Failure{Phase: PhasePrepare, Kind: KindInvalid, Message: err.Error()}
	}
	if f.request.Credential != nil && f.request.Credential.kind != proofNone {
		if failure := f.prove(ctx); failure != nil {
			return failure
		}
	}
	f.line = f.client.line(f.proved)
	return nil
}

// prove puts the credential into the request, if it may go there.
func (f *flight) prove(ctx context.Context) *Failure {
	credential := f.request.Credential
	if !f.request.mayProve(f.out.URL) {
		f.odd.add("sent without credential: %s://%s is not an origin that may get it", f.out.URL.Scheme, f.out.URL.Host)
		return nil
	}
	token := f.request.token
	if token == "" || f.request.Ready() {
		var err error
		if token, err = f.client.token(ctx, credential, nil); err != nil {
			return tokenFailure(contextual(ctx, err))
		}
	}
	f.token = token
	if !credential.attach(f.out, token) {
		f.odd.add("sent without credential: the request has its own")
		return nil
	}
	f.proved = credential
	return nil
}

// depart sends. The function that it gives back ends the connection of an act; it is never nil.
func (f *flight) depart() (response *http.Response, hangUp func(), err error) {
	if !f.request.Act {
		response, err = f.line.RoundTrip(f.out)
		return response, func() {}, err
	}
	connection, err := f.line.NewClientConn(f.out.Context(), f.out.URL.Scheme, address(f.out))
	if err != nil {
		return nil, func() {}, err
	}
	f.track.connected()
	response, err = connection.RoundTrip(f.out)
	return response, func() { _ = connection.Close() }, err
}

func address(r *http.Request) string {
	port := r.URL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[r.URL.Scheme]
	}
	return net.JoinHostPort(r.URL.Hostname(), port)
}

// failureOf names an error and says whether the request may have arrived.
func (f *flight) failureOf(ctx context.Context, err error) *Failure {
	phase, _, sends := f.track.now()
	failure := failureOf(contextual(ctx, err), phase)
	failure.Sent = sends > 0
	return failure
}

func (f *flight) bodyFailure(ctx context.Context, err error) *Failure {
	failure := failureOf(contextual(ctx, err), PhaseBody)
	failure.Sent = true
	return failure
}

// contextual prefers the reason for which our own side gave up: what the connection says after that is only its echo.
func contextual(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// token fetches or reuses the token of an account that has one.
func (c *Client) token(ctx context.Context, credential *Credential, turn Turn) (string, error) {
	if credential.tokens == nil {
		return "", nil
	}
	asking := &http.Client{
		Transport:     c.line(nil),
		Timeout:       c.options.Whole,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	token, fresh, err := credential.tokens.get(ctx, asking, turn)
	if fresh {
		c.redactor.Add(credential.Secrets()...)
	}
	return token, err
}
