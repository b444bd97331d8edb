package cli

import (
	"context"
	"errors"
	"time"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/admin"
	"hdstest/internal/entra"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
	"hdstest/internal/report"
	"hdstest/internal/secret"
	"hdstest/internal/suggest"
)

// probeOptions are the flags of probe.
type probeOptions struct {
	grantOptions
	chosen                                 pipeline.Selection
	file, admin                            string
	write, assumeAHDS, anonymous, expected bool
	list, showBody, all                    bool
	values                                 []string
	concurrency, repeat                    int
	watch                                  bool
	watchTimeout                           time.Duration
}

func (p *program) probeCommand() *command {
	o := &probeOptions{}
	own := flagGroup{flags: append([]urfave.Flag{
		&urfave.BoolFlag{Name: "write", Destination: &o.write, Usage: "also send requests that create and delete; what they create is removed again"},
		&urfave.BoolFlag{Name: "assume-ahds", Destination: &o.assumeAHDS,
			Usage: "take the server for Azure Health Data Services: send the harmless permission probes that only it is known to refuse safely"},
		&urfave.BoolFlag{Name: "show-body", Destination: &o.showBody, Usage: "print the bodies of answers to stderr; they may hold data of patients"},
		&urfave.BoolFlag{Name: "list", Destination: &o.list, Usage: "list the requests with their ids and groups; send nothing"},
		&urfave.StringSliceFlag{Name: "set", Usage: "`NAME=VALUE` that a request on demand needs, such as containername=export; may be repeated"},
		&urfave.BoolFlag{Name: "anonymous", Destination: &o.anonymous, Usage: "send every request without a token, to a server that asks for none"},
		&urfave.StringFlag{Name: "token-file", Destination: &o.file, Usage: "use the token in this `FILE` (- for standard input) instead of acquiring one"},
		&urfave.BoolFlag{Name: "all", Destination: &o.all, Usage: "probe the services of every profile of the config file, side by side; so does --profile, repeated"},
		&urfave.StringSliceFlag{Name: "as", Usage: "set what the identity of this `PROFILE` may do beside that of others, and nothing else; may be repeated"},
		&urfave.BoolFlag{Name: "expected", Destination: &o.expected, Usage: "read the role assignments as administrator and compare with what is seen"},
		&urfave.StringFlag{Name: "admin-credential", Destination: &o.admin, Usage: "`KIND` of the administrator's credential, for --expected: " + list(admin.Kinds())},
		p.timingFlag(),
		&urfave.BoolFlag{Name: "watch", Destination: &o.watch, Usage: "wait until a role that was given just now counts: ask again in growing pauses, as long as the answer is 403"},
		&urfave.DurationFlag{Name: "watch-timeout", Destination: &o.watchTimeout, Value: defaultWatch, Usage: "`TIME` after which --watch gives up"},
		&urfave.IntFlag{Name: "repeat", Destination: &o.repeat, Usage: "send what only reads `N` times and show percentiles of the times"},
		&urfave.IntFlag{Name: "concurrency", Destination: &o.concurrency, Value: defaultConcurrency,
			Usage: "`NUMBER` of requests that may be under way at once, over all profiles together (default: 4; with many profiles 16)"},
	}, append(selectionFlags("a request or a group of them, such as fhir.patient or dicom-read"), o.flags()...)...)}
	return &command{
		name: "probe", usage: "call the endpoints of a service with a token", args: "[fhir|dicom|all]", maxArgs: 1, outputs: tableForms(), profiles: true,
		about: "Climbs to the service step by step, calls its endpoints, and tells what this identity may do there. " +
			"Reads only, unless --write is given. Without an argument every configured service is probed. " +
			"The token goes to the configured address only; redirects are reported, not followed.\n\n" +
			"Permissions are told by requests without an effect, some of them PUT, POST or DELETE of what is not there; they go only to " +
			"Azure Health Data Services, and --skip permission leaves them out.",
		examples: []example{
			{"both services of the profile work", "hdstest probe all --profile work"},
			{"write, read back and delete, on a test service", "hdstest probe dicom --write"},
			{"only what concerns patients", "hdstest probe fhir --only fhir.patient"},
			{"all requests with their ids", "hdstest probe --list"},
			{"what several identities may do, side by side", "hdstest probe fhir --as reader --as writer"},
			{"a role was given just now: wait until it counts", "hdstest probe fhir --watch"},
			{"how fast the answers come", "hdstest probe fhir --only fhir.patient --repeat 100"},
			{"every service of the config file, a line for each", "hdstest probe --all"},
			{"some of them, with the round trip on each", "hdstest probe --profile dev --profile test --write"},
			{"offline", "hdstest probe all --sandbox --write"},
			{"a server of another make that asks for no token", "hdstest probe fhir --anonymous --fhir-url http://localhost:8080/fhir"},
		},
		groups: append([]flagGroup{own}, identityGroups()...),
		run:    func(ctx context.Context, c call) error { return p.probe(ctx, c, o) },
	}
}

func (p *program) probe(ctx context.Context, c call, o *probeOptions) (err error) {
	began := p.Now()
	what := c.Args().First()
	if err := o.check(c, what); err != nil {
		return err
	}
	if o.list {
		return p.listRequests(what, o.chosen)
	}
	if names := c.StringSlice("profile"); o.all || len(names) > 1 {
		return p.probeMany(ctx, c, o, what, names)
	}
	given, err := p.givenToken("", o.file)
	if err != nil {
		return err
	}
	s, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer s.ended(&err)
	services := s.probed(what)
	shown := report.Report{Title: "Probe", Places: p.places(s), Facts: s.facts(services...),
		Extra: []field{{Name: "command", Value: "probe"}, {Name: "target", Value: s.target()}}}
	var result pipeline.Report
	if names := c.StringSlice("as"); len(names) > 0 {
		result, err = p.probedAs(ctx, s, c, o, names, services)
	} else {
		query, wrong := p.probeQuery(s, o, given, services)
		switch {
		case wrong != nil:
			return wrong
		case o.watch:
			return p.watch(ctx, s, o, query, services, shown)
		case o.repeat > 0:
			shown.Title = "Repeated probe"
		}
		result, err = p.probed(ctx, s, o, given, query, services)
	}
	if err != nil {
		return err
	}
	shown.Elapsed = p.Now().Sub(began)
	return p.show(ctx, result, shown)
}

// check refuses flags that do not go together, before anything is read, and notes
// which checks are wanted.
func (o *probeOptions) check(c call, what string) (err error) {
	if err := errors.Join(probeArgument(what), checkGrant(o.grant)); err != nil {
		return err
	}
	if o.concurrency < 1 {
		return problem.Usagef("--concurrency: expected a number above zero, not %d", o.concurrency)
	}
	if o.anonymous && (o.file != "" || c.IsSet("grant")) {
		return problem.Usagef("--anonymous sends no token: leave out --token-file and --grant, or --anonymous")
	}
	if err := checkRuns(c, o); err != nil {
		return err
	}
	if o.chosen, err = selection(c, pipeline.RequestNames()); err != nil {
		return err
	}
	if o.expected && !o.list && !o.asksPermissions(what) {
		return problem.Usagef("--expected compares role assignments with what is seen, and --only or --skip leaves that out: add --only permission, or leave out --skip permission")
	}
	o.values = c.StringSlice("set")
	return nil
}

// probeQuery is how the token is to be got, once all is there that it takes: with a
// token that was given, or without any, neither tenant nor app are needed.
func (p *program) probeQuery(s *session, o *probeOptions, given secret.Value, services []string) (pipeline.TokenQuery, error) {
	query, err := p.question(s, &o.grantOptions)
	if err != nil {
		return query, err
	}
	needed, grants := appKeys(services...), []string{query.Grant}
	if !given.IsZero() || o.anonymous {
		needed, grants = needed[len(appKeys()):], nil
	}
	if err := p.ready(s, needed, grants...); err != nil {
		return query, err
	}
	return query, p.lendSession(s, &query)
}

// probed sends the requests, once or again and again, and tells on stderr how far
// it is and what an interrupt leaves behind.
func (p *program) probed(ctx context.Context, s *session, o *probeOptions, given secret.Value, query pipeline.TokenQuery, services []string) (pipeline.Report, error) {
	options, err := p.probeOptions(s, o, services)
	if err != nil {
		return pipeline.Report{}, err
	}
	done := &runs{progress: p.progress()}
	options.Token, options.Query, options.Progress = given, query, done.step
	if o.showBody {
		options.Body = p.bodyPrinter()
	}
	told := p.tellRemoval(ctx, o.write, done.progress)
	var result pipeline.Report
	if o.repeat > 0 {
		p.goesOn()
		result = pipeline.Repeat(ctx, s.env, s.profile, options, o.repeat)
	} else {
		result = pipeline.Probe(ctx, s.env, s.profile, options)
	}
	told()
	done.clear()
	p.tellInterrupted(ctx, o, result, done)
	return result, nil
}

func probeArgument(what string) error {
	switch what {
	case "", "all", entra.FHIR, entra.DICOM:
		return nil
	}
	return problem.Usagef("probe: expected fhir, dicom or all, not %s%s", show(what), suggest.DidYouMean(what, "", []string{entra.FHIR, entra.DICOM, "all"}))
}

// probed lists the services to probe: those named, else those configured, and
// where none is, both, so that the message names them.
func (s *session) probed(what string) []string {
	switch {
	case what == entra.FHIR, what == entra.DICOM:
		return []string{what}
	case what == "" && s.FHIR.URL == "" && s.DICOM.URL != "":
		return []string{entra.DICOM}
	case what == "" && s.FHIR.URL != "" && s.DICOM.URL == "":
		return []string{entra.FHIR}
	}
	return []string{entra.FHIR, entra.DICOM}
}
