package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
)

// embeddedName is the sandbox that ships in the binary, as `embedded:` names it.
const embeddedName = "reviewhub"

// A house is a sandbox that listens on loopback.
type house struct {
	hub     *reviewhub.Hub
	address string // http://127.0.0.1:PORT
	server  *http.Server
	done    chan struct{}
}

// embedded starts the sandbox of this name, as truthful and as lying as it is by itself.
func embedded(name string) (*house, error) {
	if name != embeddedName {
		return nil, fmt.Errorf("there is no embedded sandbox %q; there is %s", name, embeddedName)
	}
	return open(reviewhub.Options{}, 0)
}

// lodgers sees that an embedded sandbox has the accounts of a target; those with
// credentials of their own may be anybody.
func lodgers(target *contracts.Target) error {
	var names []string
	for _, a := range reviewhub.Accounts() {
		names = append(names, a.Name)
	}
	for _, a := range target.Accounts {
		if a.Credentials == nil && !slices.Contains(names, a.Name) {
			return fmt.Errorf("%s: the sandbox %s has no account %q; it has %s", a.Pos, target.Embedded, a.Name, strings.Join(names, ", "))
		}
	}
	return nil
}

// open starts a sandbox on a port of loopback; 0 is any that is free.
func open(o reviewhub.Options, port int) (*house, error) {
	hub, err := reviewhub.New(o)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("open the sandbox: %w", err)
	}
	h := &house{
		hub: hub, address: "http://" + listener.Addr().String(), done: make(chan struct{}),
		server: &http.Server{Handler: hub, ReadHeaderTimeout: time.Minute},
	}
	go func() {
		defer close(h.done)
		if err := h.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			h.server.Close() // the listener is gone: what still hangs on is let go
		}
	}()
	return h, nil
}

// credentials are those of all accounts, in the form that the engine takes.
func (h *house) credentials() map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, a := range reviewhub.Accounts() {
		out[a.Name] = map[string]string{"bearer": a.Token}
	}
	return out
}

// stop lets running requests end, for a moment, and closes the port.
func (h *house) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if h.server.Shutdown(ctx) != nil {
		h.server.Close()
	}
	<-h.done
}
