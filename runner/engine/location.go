package engine

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// followLocation looks where the Location of a 201 leads, if that is not where the thing
// is read anyway. One that leads somewhere, or cannot be told, is left at that; only where
// nothing is there the address becomes a place of its own, which is watched like any other.
func (a *attempt) followLocation(ctx context.Context, made *request, reply *wire.Reply) error {
	address := a.locationOf(made, reply)
	if address == "" {
		return nil
	}
	p := &place{probe: "Location", look: verdict.ByKey, eyes: a.actor, thing: a.created, call: a.created.resource.Read, address: address}
	p.last, p.own = expr.Absent, a.unique
	reading, err := a.readNow(ctx, p)
	if err != nil || reading.Known != verdict.Absent {
		return err
	}
	bound := verdict.Effect{Verb: contracts.Shows, Sentence: "the Location of the 201", Thing: a.created.name, Address: true, At: a.cell.Contract.Pos.String()}
	effect := &contracts.Effect{Verb: contracts.Shows}
	a.where(effect, &bound, a.addPlace(p), nil)
	bound.Where[0].Stays = 0
	a.record.Effects = append(a.record.Effects, bound)
	return nil
}

// locationOf is the address that the reply to a creation names; "" where nothing is to be
// learnt from it. Only a 201 says that its Location is what was made; a 202 may name what
// tells of the work. An address that another origin serves is not asked, and one that only
// lacks the path under which this server is known here, or is not meant from the root, is
// what a gateway makes of a right one.
func (a *attempt) locationOf(made *request, reply *wire.Reply) string {
	location := reply.Header.Get("Location")
	if reply.Status != http.StatusCreated || location == "" || a.created == nil || a.created.resource == nil || a.created.resource.Read == nil || a.created.key == nil {
		return ""
	}
	base, err := url.Parse(made.url)
	if err != nil {
		return ""
	}
	to, err := base.Parse(location)
	if err != nil {
		return ""
	}
	origin, err := wire.Origin(to.String())
	root, _ := url.Parse(a.e.server)
	if err != nil || origin != a.e.origin || root == nil || !strings.HasPrefix(to.Path, strings.TrimSuffix(root.Path, "/")+"/") {
		return ""
	}
	read, err := a.e.request(a.created.resource.Read, a.scopeOf(a.created))
	if err != nil {
		return ""
	}
	below := base.JoinPath("x")
	fromBelow, err := below.Parse(location)
	if err != nil || sameAddress(to.String(), read.url) || sameAddress(fromBelow.String(), read.url) {
		return ""
	}
	to.Fragment = ""
	return to.String()
}

// sameAddress compares addresses without query, fragment and closing slash.
func sameAddress(a, b string) bool {
	plain := func(address string) string {
		address, _, _ = strings.Cut(address, "#")
		address, _, _ = strings.Cut(address, "?")
		return strings.TrimRight(address, "/")
	}
	return plain(a) == plain(b)
}

// interpretAddress reads what a Location leads to: there or not, whatever it looks like.
func interpretAddress(f *fetched, r verdict.Reading) (verdict.Reading, any) {
	reply := f.first
	switch {
	case reply.Failure == nil && absentStatus(reply.Status):
		r.Known, r.Why = verdict.Absent, said(reply)
	case reply.Failure == nil && reply.Status/100 == 2:
		r.Known = verdict.Value
	default:
		return unsure(r, said(reply))
	}
	return r, expr.Absent
}
