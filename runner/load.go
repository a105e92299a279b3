package runner

import (
	"fmt"
	"os"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/engine"
)

// newSuite plans the folder's cells. It resolves no secret and starts no
// server: that is for the moment when the first spec runs.
func newSuite(folder string, list []Option) *suite {
	o := newOptions(list)
	s := suiteOf(folder, nil, func() (Engine, func(), error) { return o.begin(folder) })
	s.oneAtATime = o.oneAtATime
	s.cells, s.mistake = o.plan(folder)
	return s
}

// plan gives the cells of the folder's contracts on the target. A suite without
// any is a mistake: it would be green whatever the provider does.
//
// It is the plan of an engine that is never started. That needs no secret, and
// must ask for none: ${exec.…} may ask a person.
func (o *options) plan(folder string) ([]*engine.Cell, error) {
	loaded, err := o.foresee(folder)
	if err != nil {
		return nil, fmt.Errorf("load %s:\n%w", folder, err)
	}
	for _, account := range loaded.Target.Accounts {
		account.Credentials = nil
	}
	settings := o.engine(loaded)
	if server := loaded.Target.Server; server == "" || strings.Contains(server, "${") {
		settings.Server = "http://127.0.0.1:1" // not known yet, and nothing is sent
	}
	e, err := engine.New(settings)
	if err != nil {
		return nil, fmt.Errorf("plan %s: %w", folder, err)
	}
	e.Stop(nil)
	if len(e.Cells()) == 0 {
		return nil, fmt.Errorf("plan %s: no contract meets an account", folder)
	}
	return e.Cells(), nil
}

// foresee loads a suite before its environment is complete: a BeforeSuite may
// set the port that the target's server names. What is not set stays as it is
// written; where the loader cannot go on from there (a port decides whether the
// server is on this machine, and so whether credentials may be written out), a
// digit takes its place. What a run wants is asked for here and again later.
func (o *options) foresee(folder string) (*contracts.Suite, error) {
	missing := false
	loaded, err := contracts.Load(folder, o.loading(contracts.Check, func(name string) (string, bool) {
		value, ok := os.LookupEnv(name)
		missing = missing || !ok
		return value, ok
	}))
	if err != nil && missing {
		var second error
		loaded, second = contracts.Load(folder, o.loading(contracts.Check, func(name string) (string, bool) {
			if value, ok := os.LookupEnv(name); ok {
				return value, true
			}
			return "1", true
		}))
		if second == nil {
			err = nil
		}
	}
	if err != nil {
		return nil, err
	}
	if loaded.Target == nil || len(loaded.Contracts) == 0 { // no target, several, or nothing to run: a run says so best
		return contracts.Load(folder, o.loading(contracts.Run, os.LookupEnv))
	}
	return loaded, nil
}

func (o *options) loading(scope contracts.Scope, env func(string) (string, bool)) contracts.Options {
	l := contracts.Options{Scope: scope, Target: o.target, Env: env}
	for name := range o.probes {
		l.GoProbes = append(l.GoProbes, name)
	}
	return l
}

// engine is the engine's options for a loaded suite.
func (o *options) engine(loaded *contracts.Suite) engine.Options {
	return engine.Options{
		Suite: loaded, Target: loaded.Target,
		Accounts: o.accounts, Contracts: o.contracts,
		ReadOnly: o.readOnly, OneAtATime: o.oneAtATime,
		Probes: o.probes, Env: os.LookupEnv, Webhooks: o.webhooks,
	}
}

// begin loads the folder as it now is, starts what the target embeds, and makes
// the engine. The func stops what it has started.
func (o *options) begin(folder string) (Engine, func(), error) {
	loaded, err := contracts.Load(folder, o.loading(contracts.Run, os.LookupEnv))
	if err != nil {
		return nil, nil, err
	}
	settings, stop := o.engine(loaded), func() {}
	settings.Budgets = budget.Folder()
	if o.planned != "" {
		if settings.Plan, err = engine.ReadPlan(o.planned); err != nil {
			return nil, nil, err
		}
	}
	k, err := keeperHere(os.Stderr)
	if err != nil {
		return nil, nil, err
	}
	if name := loaded.Target.Embedded; name != "" {
		start := o.embedded[name]
		if start == nil {
			return nil, nil, fmt.Errorf("target %q embeds %s: give runner.WithEmbedded(%q, …)", loaded.Target.Name, name, name)
		}
		if settings.Server, settings.Credentials, stop, err = start(); err != nil {
			return nil, nil, fmt.Errorf("start %s: %w", name, err)
		}
	} else { // what a crash leaves in what is embedded dies with it
		settings.Journal = k.open
	}
	e, err := engine.New(settings)
	if err != nil {
		stop()
		return nil, nil, err
	}
	release := hushed()
	return e, func() { stop(); k.close(); release() }, nil
}
