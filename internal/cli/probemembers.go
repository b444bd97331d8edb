package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"hdstest/internal/config"
	"hdstest/internal/entra"
	"hdstest/internal/judge"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
	"hdstest/internal/report"
)

// members makes the services of the profiles, with what each needs, and says for the
// finding of each where its settings stand. Connections are shared by all profiles
// that make them in the same way.
func (p *program) members(c call, o *probeOptions, what string, names []string) ([]pipeline.Member, map[string]report.Place, error) {
	in := p.input(c)
	in.Profile = ""
	all, err := config.ResolveEach(in, names)
	if err != nil {
		return nil, nil, err
	}
	clients := connections{p: p, made: map[way]*http.Client{}}
	admins := administrators{p: p, o: o, made: map[adminPlane]assignments{}}
	told, places := map[string]bool{}, map[string]report.Place{}
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
		one, err := p.membersOf(settings, o, kinds, clients, admins)
		if err != nil {
			faults = append(faults, fmt.Errorf("profile %s: %w", settings.Profile, err))
		}
		out = append(out, one...)
		p.placeEach(places, settings, one)
	}
	if len(faults) > 0 {
		return nil, nil, errors.Join(faults...)
	}
	if out == nil {
		return nil, nil, problem.Usagef("no profile has a %s service: set %s.url", what, what)
	}
	return out, places, nil
}

// placeEach adds where the services of a profile stand.
func (p *program) placeEach(places map[string]report.Place, settings *config.Settings, members []pipeline.Member) {
	all := p.places(&session{Settings: settings})
	for _, m := range members {
		if at := cmp.Or(all[m.Kind], all[""]); at.File != "" {
			places[pipeline.MemberID(m.Profile.Name, m.Kind)] = at
		}
	}
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

func (p *program) membersOf(settings *config.Settings, o *probeOptions, kinds []string, clients connections, admins administrators) ([]pipeline.Member, error) {
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
	read, err := admins.of(own)
	if err != nil {
		return nil, err
	}
	var out []pipeline.Member
	for _, kind := range kinds {
		out = append(out, pipeline.Member{Env: own.env, Profile: own.profile, Query: query, Kind: kind, Assignments: read})
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

// assignments read the role assignments of a principal that reach a service.
type assignments = func(context.Context, pipeline.Service, string) ([]judge.Assigned, error)

// adminPlane is all that tells one administrator from another's.
type adminPlane struct {
	tenant, authority, graph, arm string
	by                            *http.Client
}

// administrators make the readers of --expected, one for each tenant: a person who
// signs in does so once.
type administrators struct {
	p    *program
	o    *probeOptions
	made map[adminPlane]assignments
}

func (a administrators) of(s *session) (assignments, error) {
	d := adminPlane{s.TenantID, s.Authority, s.GraphURL, s.ARMURL, s.env.HTTP}
	if read, ok := a.made[d]; ok {
		return read, nil
	}
	read, err := a.p.assignmentReader(s, a.o)
	if err == nil {
		a.made[d] = read
	}
	return read, err
}
