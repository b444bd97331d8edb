package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/config"
	"hdstest/internal/judge"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
	"hdstest/internal/register"
)

// identities makes those of --as, each from the profile of its name, with its own
// credential. The connections are the call's.
func (p *program) identities(s *session, c call, o *probeOptions, names []string) ([]pipeline.Identity, error) {
	var out []pipeline.Identity
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, problem.Usagef("--as: the profile %s is named twice", show(name))
		}
		one, err := p.identityOf(s, c, o, name)
		if err != nil {
			return nil, fmt.Errorf("--as %s: %w", name, err)
		}
		out = append(out, one)
	}
	return out, nil
}

func (p *program) identityOf(s *session, c call, o *probeOptions, name string) (pipeline.Identity, error) {
	in := p.input(c)
	in.Profile = name
	for key := range in.Flags { // whatever else was said on the command line is about the profile that is probed
		if !slices.Contains(globalKeys(), key) {
			delete(in.Flags, key)
		}
	}
	settings, err := config.Resolve(in)
	if err != nil {
		return pipeline.Identity{}, err
	}
	for _, w := range settings.Warnings {
		p.warn(w)
	}
	own := &session{Settings: settings, env: s.env, profile: profileOf(settings), close: func() error { return nil }}
	query, err := p.question(own, &o.grantOptions)
	if err != nil {
		return pipeline.Identity{}, err
	}
	if err := p.ready(own, appKeys(), query.Grant); err != nil {
		return pipeline.Identity{}, err
	}
	return pipeline.Identity{Name: name, Profile: own.profile, Query: query}, p.lendSession(own, &query)
}

// assignmentReader reads role assignments as the administrator; nil unless that
// was asked for.
func (p *program) assignmentReader(s *session, o *probeOptions) (func(context.Context, pipeline.Service, string) ([]judge.Assigned, error), error) {
	if !o.expected {
		return nil, nil
	}
	clients, err := p.adminClients(s, o.admin)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, service pipeline.Service, objectID string) ([]judge.Assigned, error) {
		found, err := register.Assignments(ctx, clients, service.ResourceID, objectID)
		var out []judge.Assigned
		for _, a := range found {
			role := a.Role
			if role == "" {
				role = a.RoleID
			}
			out = append(out, judge.Assigned{Role: role, DataActions: a.DataActions, NotActions: a.NotActions})
		}
		return out, err
	}, nil
}

// probedAs shows what each of several identities may do.
func (p *program) probedAs(ctx context.Context, s *session, c call, o *probeOptions, names, services []string) (pipeline.Report, error) {
	if o.write || o.file != "" || o.anonymous {
		return pipeline.Report{}, problem.Usagef("--as looks at permissions alone: leave out --write, --anonymous and --token-file")
	}
	identities, err := p.identities(s, c, o, names)
	if err != nil {
		return pipeline.Report{}, err
	}
	if err := s.Require(appKeys(services...)[len(appKeys()):]...); err != nil {
		return pipeline.Report{}, err
	}
	p.say("asking as %s", strings.Join(names, ", "))
	options, err := p.probeOptions(s, o, services)
	if err != nil {
		return pipeline.Report{}, err
	}
	done := p.progress()
	defer done.clear()
	options.Progress = done.step
	return pipeline.Permissions(ctx, s.env, s.profile, identities, options), nil
}

// probeOptions are the options of a probe that are the same for all identities.
func (p *program) probeOptions(s *session, o *probeOptions, services []string) (pipeline.ProbeOptions, error) {
	reader, err := p.assignmentReader(s, o)
	if err != nil {
		return pipeline.ProbeOptions{}, err
	}
	values, err := requestValues(o.values)
	return pipeline.ProbeOptions{Vars: values, Services: services, Anonymous: o.anonymous, Write: o.write, AssumeAHDS: o.assumeAHDS,
		Selection: o.chosen, Concurrency: o.concurrency, Assignments: reader}, err
}
