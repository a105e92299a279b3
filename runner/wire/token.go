package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// refusedFor is how long a refusal of the token endpoint is believed: a thousand cells of an account whose secret is
// wrong must not ask a thousand times.
const refusedFor = 10 * time.Second

// tokens fetches and keeps the access token of one account. oauth2.ReuseTokenSource would do, but for two things: whoever
// waits for it cannot be cancelled, and it asks again after every refusal.
type tokens struct {
	from clientcredentials.Config
	turn chan struct{} // holds one value while somebody asks

	style oauth2.AuthStyle // how the endpoint takes the secret; zero: not known yet. Of who holds the turn

	mu        sync.Mutex
	token     *oauth2.Token
	seen      []string // every token ever fetched, to be masked
	refused   error
	refusedAt time.Time
	droppedAt time.Time
}

func newTokens(tokenURL, id string, secret Secret, scopes []string) *tokens {
	return &tokens{
		from: clientcredentials.Config{ClientID: id, ClientSecret: secret.Reveal(), TokenURL: tokenURL, Scopes: scopes},
		turn: make(chan struct{}, 1),
	}
}

// get gives a token that is valid, and whether it had to be fetched now.
func (t *tokens) get(ctx context.Context, client *http.Client, turn Turn) (token string, fresh bool, err error) {
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return "", false, context.Cause(ctx)
	}
	defer func() { <-t.turn }()
	if token, err := t.kept(); token != "" || err != nil {
		return token, false, err
	}
	got, err := t.ask(context.WithValue(ctx, oauth2.HTTPClient, client), turn)
	return t.keep(got, err)
}

func (t *tokens) kept() (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token.Valid() {
		return t.token.AccessToken, nil
	}
	if t.refused != nil && time.Since(t.refusedAt) < refusedFor {
		return "", t.refused
	}
	return "", nil
}

// drop forgets a token that was answered 401, so that the next request fetches a fresh one; what was refused is not sent
// again. A provider that answers everything 401 is not asked for a token each time.
func (t *tokens) drop(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == nil || t.token.AccessToken != token || time.Since(t.droppedAt) < refusedFor {
		return
	}
	t.token, t.droppedAt = nil, time.Now()
}

func (t *tokens) keep(got *oauth2.Token, err error) (string, bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		var refusal *oauth2.RetrieveError
		if errors.As(err, &refusal) { // its text quotes the whole reply, which may repeat the secret
			err = fmt.Errorf("token refused: %s %s", refusal.Response.Status, refusal.ErrorCode)
			t.refused, t.refusedAt = err, time.Now()
		}
		return "", false, err
	}
	t.token, t.refused = got, nil
	t.seen = append(t.seen, got.AccessToken)
	if got.RefreshToken != "" {
		t.seen = append(t.seen, got.RefreshToken)
	}
	if identity, ok := got.Extra("id_token").(string); ok {
		t.seen = append(t.seen, identity)
	}
	return got.AccessToken, true, nil
}

func (t *tokens) fetched() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.seen...)
}
