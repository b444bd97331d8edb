package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/config"
	"hdstest/internal/entra"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
	"hdstest/internal/report"
)

// Requests under way at once, unless --concurrency says otherwise.
const (
	defaultConcurrency = 4
	manyConcurrency    = 16 // over all services: each has few at a time
)

// oneOnly are the flags of probe that are about a single profile, with the reason
// why it must be one.
func oneOnly() map[string]string {
	return map[string]string{
		"write": "what is created and removed is to be watched", "as": "it sets identities beside each other", "token-file": "a token is for one service",
		"expected": "role assignments are compared for one identity", "show-body": "bodies of many services could not be told apart",
		"timing": "it shows each request", "evidence": "evidence is about one case", "sandbox": "it uses no profile",
		"watch": "it waits for the role of one identity", "repeat": "it measures the requests of one identity",
	}
}

// refuseMany refuses what makes no sense for many profiles.
func refuseMany(c call, o *probeOptions, names []string) error {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return problem.Usagef("--profile: %s is named twice", show(name))
		}
	}
	if o.all && len(names) > 0 {
		return problem.Usagef("--all means every profile: leave out --profile, or --all")
	}
	flags := oneOnly()
	for _, f := range c.spec.flags {
		if name := f.Names()[0]; flags[name] != "" && c.IsSet(name) {
			return problem.Usagef("--%s is for one profile (%s): name one, without --all", name, flags[name])
		}
	}
	if c.IsSet("grant") && o.grant != pipeline.GrantClientCredentials {
		return problem.Usagef("--grant %s: nobody signs in to many profiles at once; name one, without --all", o.grant)
	}
	return nil
}

// probeMany shows the services of many profiles side by side. All that is wrong
// with a profile is found before anything is sent.
func (p *program) probeMany(ctx context.Context, c call, o *probeOptions, what string, names []string) error {
	began := p.Now()
	if err := refuseMany(c, o, names); err != nil {
		return err
	}
	members, err := p.members(c, o, what, names)
	if err != nil {
		return err
	}
	values, err := requestValues(o.values)
	if err != nil {
		return err
	}
	options := pipeline.ProbeOptions{Vars: values, Anonymous: o.anonymous, AssumeAHDS: o.assumeAHDS, Selection: o.chosen, Concurrency: o.concurrency}
	if !c.IsSet("concurrency") {
		options.Concurrency = manyConcurrency
	}
	p.goesOn()
	done, settled := p.progress(), 0
	result := pipeline.ProbeMany(ctx, members, options, func(n int, s check.Service) {
		settled = n
		done.step(n, len(members), s.Profile+" "+s.Service+": "+s.Answer)
	})
	done.clear()
	if errors.Is(ctx.Err(), context.Canceled) {
		p.say("%d of %d services were settled", settled, len(members))
	}
	return p.show(ctx, result.Report, report.Report{Title: "Probe of many services", Services: result.Services, Elapsed: p.Now().Sub(began),
		Facts: []report.Fact{{Name: "services", Text: fmt.Sprint(len(members))}}, Extra: []field{{Name: "command", Value: "probe"}}})
}

// members makes the services of the profiles, with what each needs. Connections
// are shared by all profiles that make them in the same way.
func (p *program) members(c call, o *probeOptions, what string, names []string) ([]pipeline.Member, error) {
	in := p.input(c)
	in.Profile = ""
	all, err := config.ResolveEach(in, names)
	if err != nil {
		return nil, err
	}
	clients := connections{p: p, made: map[way]*http.Client{}}
	told := map[string]bool{}
	var out []pipeline.Member
	var faults []error
	for _, settings := range all {
		for _, w := range settings.Warnings {
			if !told[w] {
				told[w] = true
				p.warn(w)
			}
		}
		kinds := kindsOf(settings, what, len(names) > 0)
		if kinds == nil {
			continue
		}
		one, err := p.membersOf(settings, o, kinds, clients)
		if err != nil {
			faults = append(faults, fmt.Errorf("profile %s: %w", settings.Profile, err))
		}
		out = append(out, one...)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if out == nil {
		return nil, problem.Usagef("no profile has a %s service: set %s.url", what, what)
	}
	return out, nil
}

// kindsOf lists the services of a profile to probe. A profile that was named must
// have the service that was named: else its absence is told where it is probed.
func kindsOf(s *config.Settings, what string, named bool) (out []string) {
	for kind, url := range map[string]string{entra.FHIR: s.FHIR.URL, entra.DICOM: s.DICOM.URL} {
		wanted := what == "" || what == allServices || what == kind
		if wanted && url != "" || named && what == kind {
			out = append(out, kind)
		}
	}
	if out == nil && named {
		out = []string{entra.FHIR}
	}
	slices.Sort(out)
	slices.Reverse(out) // FHIR first
	return out
}

func (p *program) membersOf(settings *config.Settings, o *probeOptions, kinds []string, clients connections) ([]pipeline.Member, error) {
	client, err := clients.of(settings)
	if err != nil {
		return nil, err
	}
	own := &session{Settings: settings, profile: profileOf(settings), close: func() error { return nil },
		env: pipeline.Env{HTTP: client, Now: p.Now, Rand: p.Rand, Sleep: p.Sleep, Secret: p.maskFor()}}
	query := pipeline.TokenQuery{Grant: pipeline.GrantClientCredentials}
	keys, grants := appKeys(kinds...), []string{query.Grant}
	if o.anonymous {
		keys, grants = keys[len(appKeys()):], nil
	}
	if err := p.ready(own, keys, grants...); err != nil {
		return nil, err
	}
	var out []pipeline.Member
	for _, kind := range kinds {
		out = append(out, pipeline.Member{Env: own.env, Profile: own.profile, Query: query, Kind: kind})
	}
	return out, nil
}

// way is all that tells one client's connections from another's.
type way struct {
	ca, proxy string
	timeout   time.Duration
}

// connections makes a client for each way, once.
type connections struct {
	p    *program
	made map[way]*http.Client
}

func (k connections) of(s *config.Settings) (*http.Client, error) {
	w := way{s.CAFile, s.Proxy, s.Timeout}
	if k.made[w] != nil {
		return k.made[w], nil
	}
	k.p.maskSurroundings(s.Proxy)
	client, err := k.p.client(s)
	k.made[w] = client
	return client, err
}
