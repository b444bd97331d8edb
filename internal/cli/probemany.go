package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/judge"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
	"hdstest/internal/report"
)

// Requests under way at once, unless --concurrency says otherwise.
const (
	defaultConcurrency = 4
	manyConcurrency    = 16 // over all services: each has few at a time
)

// single is a flag of probe that is about one profile: why, and what to type.
type single struct{ why, next string }

// oneOnly are the flags of which each must be about a single profile.
func oneOnly() map[string]single {
	const one = "hdstest probe --profile NAME "
	return map[string]single{
		"as":         {"it sets identities side by side on the services of one; --expected and --only permission do so for many", one + "--as OTHER"},
		"token-file": {"a token is good for one service, and each profile gets its own", one + "--token-file FILE"},
		"show-body":  {"bodies may hold data of patients, and are looked at service by service", one + "--show-body"},
		"evidence":   {"a file of evidence is about one case", one + "--evidence FILE"},
		"sandbox":    {"the sandbox inside this process has no profile", "hdstest probe --sandbox, or hdstest sandbox and --profile sandbox"},
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
		if name := f.Names()[0]; c.IsSet(name) && flags[name].why != "" {
			return problem.Usagef("--%s is not for many profiles (%s): %s", name, flags[name].why, flags[name].next)
		}
	}
	if c.IsSet("grant") && o.grant != pipeline.GrantClientCredentials {
		return problem.Usagef("--grant %s: nobody signs in to many profiles at once: hdstest probe --profile NAME --grant %s", o.grant, o.grant)
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
	members, places, err := p.members(c, o, what, names)
	if err != nil {
		return err
	}
	p.goesOn()
	var result pipeline.Many
	if o.watch {
		result = p.watchMany(ctx, c, o, members)
	} else if result, err = p.askMany(ctx, c, o, members); err != nil {
		return err
	}
	shown := p.manyReport(o, members, result)
	shown.Places, shown.Elapsed = places, p.Now().Sub(began)
	return p.show(ctx, result.Report, shown)
}

// askMany probes all members, once or many times.
func (p *program) askMany(ctx context.Context, c call, o *probeOptions, members []pipeline.Member) (pipeline.Many, error) {
	values, err := requestValues(o.values)
	if err != nil {
		return pipeline.Many{}, err
	}
	if o.write {
		p.say("writing synthetic data to %s, and removing it again", inShort(members))
	}
	bar, settled := p.progress(), 0
	told := p.tellRemoval(ctx, o.write, bar)
	options := pipeline.ManyOptions{Repeat: o.repeat, ProbeOptions: pipeline.ProbeOptions{Vars: values, Anonymous: o.anonymous, Write: o.write,
		AssumeAHDS: o.assumeAHDS, Selection: o.chosen, Concurrency: p.atOnce(c, o), Progress: bar.step}}
	options.Settled = func(n int, s check.Service) {
		if settled = n; o.repeat == 0 {
			bar.step(n, len(members), s.Profile+" "+s.Service+": "+s.Answer)
		}
	}
	result := pipeline.ProbeMany(ctx, members, options)
	told()
	bar.clear()
	p.tellSettled(ctx, settled, len(members))
	return result, nil
}

// atOnce is how many requests may be under way, over all services.
func (p *program) atOnce(c call, o *probeOptions) int {
	if c.IsSet("concurrency") {
		return o.concurrency
	}
	return manyConcurrency
}

// tellSettled says after an interrupt how far the run came.
func (p *program) tellSettled(ctx context.Context, settled, of int) {
	if interrupted(ctx) {
		p.say("%d of %d services were settled", settled, of)
	}
}

// manyReport is the report but for its findings.
func (p *program) manyReport(o *probeOptions, members []pipeline.Member, result pipeline.Many) report.Report {
	r := report.Report{Title: "Probe of many services", Services: result.Services, Times: o.repeat > 0 || p.global.timing,
		Roles: o.expected || o.onlyPermissions(members),
		Facts: []report.Fact{{Name: "services", Text: fmt.Sprint(len(members))}}, Extra: []field{{Name: "command", Value: "probe"}}}
	if o.watch {
		r.Title = "Watch of many services"
	}
	if o.repeat > 0 {
		r.Title = "Repeated probe of many services"
		r.Facts = append(r.Facts, report.Fact{Name: "repeats", Text: fmt.Sprint(o.repeat)})
	}
	return r
}

// fewNames is how many of many are told by name.
const fewNames = 6

// inShort names the services, the first ones of many.
func inShort(members []pipeline.Member) string {
	var names []string
	for _, m := range members[:min(len(members), fewNames)] {
		names = append(names, m.Profile.Name+" "+m.Kind)
	}
	noun := "services"
	if len(members) == 1 {
		noun = "service"
	}
	text := fmt.Sprintf("%d %s: %s", len(members), noun, strings.Join(names, ", "))
	if more := len(members) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// asksPermissions tells whether what tells of permissions is among what was chosen.
func (o *probeOptions) asksPermissions(what string) bool {
	return slices.ContainsFunc([]string{entra.FHIR, entra.DICOM}, func(kind string) bool {
		asked := what == "" || what == allServices || what == kind
		return asked && slices.ContainsFunc(o.chosen.Requests(kind), func(r catalogue.Request) bool { return r.Group == judge.PermissionGroup(kind) })
	})
}

// onlyPermissions tells whether nothing else was chosen.
func (o *probeOptions) onlyPermissions(members []pipeline.Member) bool {
	return o.chosen.Only != nil && !slices.ContainsFunc(members, func(m pipeline.Member) bool {
		return slices.ContainsFunc(o.chosen.Requests(m.Kind), func(r catalogue.Request) bool { return r.Group != judge.PermissionGroup(m.Kind) })
	})
}
