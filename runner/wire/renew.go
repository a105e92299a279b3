package wire

import (
	"context"
	"errors"
	"net/url"

	"golang.org/x/oauth2"
)

// A Turn waits until one request may leave, and gives the function that says that it has been
// answered.
type Turn func(context.Context) (answered func(), err error)

// Renew sees to it that the credential of a request has a token, where it needs one: each
// request for it leaves in a turn of its own. Send would fetch it, too, but in no turn, and
// while the request that it is for has had its own already. A Failure means that there is
// none, and that nothing may be sent.
func (c *Client) Renew(ctx context.Context, r *Request, turn Turn) *Failure {
	if r.Credential == nil || r.Credential.tokens == nil {
		return nil
	}
	if to, err := url.Parse(r.URL); err != nil || !r.mayProve(to) {
		return nil // it goes without credential
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	f := &flight{stop: stop}
	if !c.begin(f) {
		return failureOf(errClosed, PhasePrepare)
	}
	defer c.end(f)
	c.Learn(r.Credential)
	token, err := c.token(ctx, r.Credential, turn)
	if err != nil {
		failure := tokenFailure(contextual(ctx, err))
		failure.Message = clip(c.redactor.MaskText(failure.Message), 400) // it quotes the endpoint, and is in no exchange
		return failure
	}
	r.token = token
	return nil
}

// Ready tells whether a request can be sent as it is, with a token that has not expired.
func (r *Request) Ready() bool {
	if r.Credential == nil || r.Credential.tokens == nil {
		return true
	}
	if to, err := url.Parse(r.URL); err != nil || !r.mayProve(to) {
		return true
	}
	token, err := r.Credential.tokens.kept()
	return token != "" || err != nil
}

func tokenFailure(err error) *Failure {
	failure := failureOf(err, PhasePrepare)
	if failure.Kind == KindOther {
		failure.Kind = KindToken
	}
	return failure
}

// ask fetches a token. Endpoints take the secret in a header or in the body (RFC 6749, 2.3.1);
// which of them is found out here, and not by oauth2, which would ask twice in one turn.
func (t *tokens) ask(ctx context.Context, turn Turn) (got *oauth2.Token, err error) {
	styles := []oauth2.AuthStyle{t.style}
	if t.style == oauth2.AuthStyleAutoDetect {
		styles = []oauth2.AuthStyle{oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams}
	}
	for _, style := range styles {
		got, err = t.askAs(ctx, style, turn)
		var refusal *oauth2.RetrieveError
		if err == nil {
			t.style = style
		}
		if !errors.As(err, &refusal) {
			return got, err
		}
	}
	return got, err
}

func (t *tokens) askAs(ctx context.Context, style oauth2.AuthStyle, turn Turn) (*oauth2.Token, error) {
	if turn != nil {
		answered, err := turn(ctx)
		if err != nil {
			return nil, err
		}
		defer answered()
	}
	from := t.from
	from.AuthStyle = style
	return from.Token(ctx)
}
