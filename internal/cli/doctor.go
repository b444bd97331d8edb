package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/admin"
	"hdstest/internal/audit"
	"hdstest/internal/causes"
	"hdstest/internal/check"
	"hdstest/internal/config"
	"hdstest/internal/diagnose"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/explain"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
	"hdstest/internal/report"
)

// doctorOptions are the flags of doctor.
type doctorOptions struct {
	grantOptions
	admin    string
	rehearse bool
}

// noAdmin is the kind of administrator's credential that is none.
const noAdmin = "none"

func (p *program) doctorCommand() *command {
	o := &doctorOptions{}
	own := flagGroup{flags: append([]urfave.Flag{
		&urfave.StringFlag{Name: "admin-credential", Destination: &o.admin, Usage: "read the app registration and its roles with this `KIND` of credential: " +
			list(append(admin.Kinds(), noAdmin)) + " (default: HDSTEST_ADMIN_*, or that of a sandbox)"},
		&urfave.BoolFlag{Name: "rehearse", Destination: &o.rehearse, Usage: "also make an app with a secret and roles and remove it again, to see whether the administrator may"},
	}, o.flags()...)}
	keys := flagGroup{title: "Where Graph and roles are", keys: []string{config.GraphURL, config.ARMURL, config.FHIRResourceID, config.DICOMResourceID}}
	return &command{
		name: "doctor", usage: "find the first thing that is wrong, from the configuration to the data", outputs: tableForms(),
		about: "Follows one chain: configuration, network, authority, app registration, credential, token, claims, challenge, role, data. What is " +
			"broken stops only what stands on it. The end names the first cause, the evidence for it, and the next command.\n\n" +
			"It reads only, unless --rehearse is given, and never opens a browser but for --grant authorization_code. The app registration and the " +
			"roles are read where an administrator's credential is there.",
		examples: []example{
			{"what is wrong?", "hdstest doctor --profile work"},
			{"with the app registration and its roles, as the account of az login", "hdstest doctor --profile work --admin-credential azure-cli"},
			{"of a person who signs in with the browser", "hdstest doctor --profile work --grant authorization_code"},
			{"for a colleague", "hdstest doctor --profile work --evidence evidence.json"},
			{"offline", "hdstest doctor --sandbox"},
		},
		groups: append([]flagGroup{own, keys}, identityGroups()...),
		run:    func(ctx context.Context, c call) error { return p.doctor(ctx, c, o) },
	}
}

func (p *program) doctor(ctx context.Context, c call, o *doctorOptions) (err error) {
	began := p.Now()
	if err := checkGrant(o.grant); err != nil {
		return err
	}
	if o.admin != "" && !slices.Contains(append(admin.Kinds(), noAdmin), o.admin) {
		return problem.Usagef("--admin-credential: expected %s, not %s", list(append(admin.Kinds(), noAdmin)), show(o.admin))
	}
	if o.rehearse && o.admin == noAdmin {
		return problem.Usagef("--rehearse needs an administrator: leave out --admin-credential none")
	}
	findings, unusable, err := p.auditSettings(c)
	if err != nil {
		return err
	}
	pace := &pipeline.Pace{}
	p.answered = pace.Note
	s, err := p.open(ctx, c)
	if err != nil && (unusable || check.Overall(findings) == check.Fail) { // the findings say what the error says
		return p.showDoctor(ctx, pipeline.Report{Findings: inLink("configuration", findings), Errors: []error{err}}, report.Report{Title: "Doctor", Elapsed: p.Now().Sub(began)})
	}
	if err != nil {
		return err
	}
	defer s.ended(&err)
	options, err := p.examined(s, o)
	if err != nil {
		return err
	}
	options.Configuration, options.Pace = findings, pace
	line := p.progress()
	options.Progress = line.step
	result := pipeline.Doctor(ctx, s.env, s.profile, options)
	line.clear()
	return p.showDoctor(ctx, result, report.Report{Title: "Doctor", Places: p.places(s), Facts: s.facts(entra.FHIR, entra.DICOM), Elapsed: p.Now().Sub(began),
		Extra: []field{{Name: "command", Value: "doctor"}, {Name: "target", Value: s.target()}}})
}

// auditSettings judges the settings offline; a sandbox brings its own.
func (p *program) auditSettings(c call) (findings []check.Finding, unusable bool, err error) {
	in := p.input(c)
	if p.global.sandbox || cmp.Or(in.Profile, p.Environ(config.EnvProfile)) == config.SandboxProfile {
		return []check.Finding{{ID: "configuration", Title: "Settings", Status: check.Pass, Expected: "settings that fit together", Seen: "those of the sandbox"}}, false, nil
	}
	settings, faults, err := config.Examine(in)
	if err != nil {
		return nil, false, err
	}
	found := audit.Check(audit.Input{Settings: settings, Faults: faults, Now: p.Now(), Environ: p.Environ, Open: openFile, Certificate: leafOf})
	return found, settings == nil, nil
}

func inLink(link string, findings []check.Finding) []check.Finding {
	for i := range findings {
		findings[i].Group = link
	}
	return findings
}

// examined makes the options of the diagnosis. Settings that do not suffice for a
// token are a finding and no refusal: the rest goes on.
func (p *program) examined(s *session, o *doctorOptions) (pipeline.DoctorOptions, error) {
	var out pipeline.DoctorOptions
	var err error
	if out.Query, err = p.question(s, &o.grantOptions); err != nil {
		return out, err
	}
	if out.NoToken = p.ready(s, appKeys(), out.Query.Grant); out.NoToken == nil {
		if err := p.lendSession(s, &out.Query); err != nil {
			return out, err
		}
	}
	if v, ok := s.Value(config.RedirectURI); ok && v.Source.Kind != config.FromDefault {
		out.SignIn = true
	}
	out.Rehearse = o.rehearse
	kind := o.admin
	if kind == "" && (s.Sandbox != nil || p.Environ(admin.EnvClientID) != "") {
		kind = admin.HDSTest
	}
	if kind == "" || kind == noAdmin {
		out.NoAdmin, out.HowAdmin = "no administrator's credential was named", "--admin-credential azure-cli reads it with the account of az login"
		if o.rehearse {
			return out, problem.Usagef("--rehearse needs an administrator: name one with --admin-credential")
		}
		return out, nil
	}
	clients, err := p.adminClients(s, kind)
	out.Admin = &clients
	return out, err
}

// diagnosis is the answer of doctor: the first thing that is wrong.
type diagnosis struct {
	Finding    string   `json:"finding"`
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Confidence float64  `json:"confidence"`
	Evidence   []string `json:"evidence"`
	Confirm    string   `json:"confirm,omitempty"`
	Fix        string   `json:"fix"`
	Docs       []string `json:"docs"`
}

// showDoctor prints the chain and ends with the diagnosis.
func (p *program) showDoctor(ctx context.Context, result pipeline.Report, r report.Report) error {
	if interrupted(ctx) {
		return errInterrupted
	}
	d, found := diagnosed(result)
	r.Findings = result.Findings
	if p.seen.judged(result); found {
		r.Extra = append(r.Extra, field{Name: "diagnosis", Value: d})
		r.Notes = append(r.Notes, d.notes()...)
	} else {
		r.Extra = append(r.Extra, field{Name: "diagnosis", Value: nil})
	}
	if err := p.report(r); err != nil {
		return err
	}
	status := result.Status()
	if status == check.Pass || status == check.Warn && !p.strict() {
		return nil
	}
	if !p.onScreen() {
		p.tellFailed(result.Findings, status)
	}
	if len(result.Errors) > 0 {
		return told{code(errors.Join(result.Errors...))}
	}
	return told{ExitFailed}
}

// diagnosed finds the first link that is broken, else the first that is doubtful,
// and what supports its cause.
func diagnosed(r pipeline.Report) (diagnosis, bool) {
	for _, status := range []check.Status{check.Fail, check.Warn} {
		i := slices.IndexFunc(r.Findings, func(f check.Finding) bool { return f.Status == status && (f.Cause != "" || status == check.Fail) })
		if i >= 0 {
			return about(r.Findings[i], r.Evidence), true
		}
	}
	return diagnosis{}, false
}

func about(f check.Finding, all []evidence.Bundle) diagnosis {
	c, _ := causes.ByID(f.Cause)
	d := diagnosis{Finding: f.ID, ID: c.ID, Title: cmp.Or(c.Title, f.Title), Fix: explain.Printed(cmp.Or(f.Hint, c.Fix)), Docs: append([]string{}, c.Docs...),
		Evidence: []string{}}
	for _, b := range all {
		for _, m := range diagnose.Diagnose(b) {
			if m.Cause == f.Cause && m.Confidence > d.Confidence {
				d.Confidence, d.Confirm, d.Evidence = m.Confidence, m.Confirm, nil
				for _, line := range m.Evidence {
					d.Evidence = append(d.Evidence, explain.Printed(line))
				}
			}
		}
	}
	if len(d.Evidence) == 0 { // a comparison of ours, which is no guess
		d.Evidence = []string{explain.Printed(fmt.Sprintf("%s: %s; expected %s", f.Title, f.Seen, f.Expected))}
		d.Confidence = 1
	}
	return d
}

// notes are the diagnosis for a person, below the table.
func (d diagnosis) notes() []report.Note {
	first := "The first cause: " + d.Title
	if d.ID != "" {
		first += fmt.Sprintf(" [%s], confidence %.0f %%", d.ID, 100*d.Confidence)
	}
	out := []report.Note{{Text: first}}
	for _, e := range d.Evidence {
		out = append(out, report.Note{Label: "evidence", Text: e})
	}
	for _, n := range []report.Note{{Label: "to be sure", Text: d.Confirm}, {Label: "do next", Text: d.Fix}, {Label: "read", Text: strings.Join(d.Docs, " ")}} {
		if n.Text != "" {
			out = append(out, n)
		}
	}
	return out
}
