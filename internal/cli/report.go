package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/problem"
	"hdstest/internal/report"
)

// Forms in which findings are printed.
const (
	formTable    = "table"
	formJSON     = "json"
	formMarkdown = "markdown"
	formGitHub   = "github"
	formAzure    = "azure-pipelines"
	formJUnit    = "junit"
	formTAP      = "tap"
	formSARIF    = "sarif"
	formHTML     = "html"
)

// tableForms are the ways in which findings are printed, for commands that do it
// by [program.show].
func tableForms() []string {
	return []string{formTable, formJSON, formMarkdown, formGitHub, formAzure, formJUnit, formTAP, formSARIF, formHTML}
}

// Values of --fail-on.
const (
	failOnFail = "fail"
	failOnWarn = "warn"
)

// strict tells whether a warning fails the run.
func (p *program) strict() bool { return p.global.failOn == failOnWarn }

// reportGroup are the flags of commands that print findings.
func (p *program) reportGroup() flagGroup {
	return flagGroup{title: "Reports", flags: []urfave.Flag{
		&urfave.StringSliceFlag{Name: "report", Usage: "also write the findings as `FORM=FILE`, may be repeated: junit=hdstest.xml"},
		&urfave.StringFlag{Name: "fail-on", Destination: &p.global.failOn, Value: failOnFail, Usage: "end with 1 from this `STATUS` on: fail or warn"},
	}}
}

// prepareReports checks what was asked for before anything runs.
func (p *program) prepareReports(c *command, u *urfave.Context) (err error) {
	p.command = c
	if !c.reports() {
		return nil
	}
	if p.global.failOn != failOnFail && p.global.failOn != failOnWarn {
		return problem.Usagef("--fail-on: expected %s or %s, not %s", failOnFail, failOnWarn, show(p.global.failOn))
	}
	for _, text := range u.StringSlice("report") {
		t, err := reportTarget(text)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(p.files, func(other target) bool { return filepath.Clean(other.path) == filepath.Clean(t.path) }) {
			return problem.Usagef("--report: two reports cannot have the same file %s", t.path)
		}
		p.files = append(p.files, t)
	}
	p.masks = p.masksFor(p.global.output)
	return nil
}

// plainOnly refuses the forms that only findings have.
func (p *program) plainOnly(what string) error {
	if p.global.output != formTable && p.global.output != formJSON || p.files != nil {
		return problem.Usagef("%s finds no findings: --output takes table or json, and there is no --report", what)
	}
	return nil
}

// report prints the report on stdout and writes those of --report, all from the
// same values. The files come first, so that stdout can tell of them.
func (p *program) report(r report.Report) error {
	r.Command, r.Version, r.Strict = strings.ReplaceAll(strings.TrimPrefix(p.command.path(), Name+" "), " ", "-"), p.Version.Version, p.strict()
	r.Began = p.Now().Add(-r.Elapsed)
	var errs []error
	for _, t := range p.files {
		if err := p.writeReport(t, r); err != nil {
			errs = append(errs, err)
			continue
		}
		r.Notes = append(r.Notes, report.Note{Text: "wrote " + t.path})
	}
	if err := p.render(p.global.output, p.Stdout, r); err != nil {
		errs = append(errs, fmt.Errorf("print the report: %w", err))
	}
	return errors.Join(errs...)
}

// render writes a report in one of [tableForms]. What a CI system reads beside
// its log is written only along with stdout.
func (p *program) render(form string, w io.Writer, r report.Report) error {
	log := w == p.Stdout
	switch form {
	case formJSON:
		return report.JSON(w, r)
	case formMarkdown:
		return report.Markdown(w, r, 0)
	case formGitHub:
		return p.renderGitHub(w, r, log)
	case formAzure:
		return p.renderAzure(w, r, log)
	case formJUnit:
		return report.JUnit(w, r)
	case formTAP:
		return report.TAP(w, r)
	case formSARIF:
		return report.SARIF(w, placed(r))
	case formHTML:
		return report.HTML(w, r)
	case formTable:
		if log {
			return report.Table(w, r, p.look())
		}
		return report.Table(w, r, report.Look{})
	}
	return fmt.Errorf("no form is called %q", form)
}

// timingFlag has the table show how long each exchange took; JSON and HTML always
// do.
func (p *program) timingFlag() urfave.Flag {
	return &urfave.BoolFlag{Name: "timing", Destination: &p.global.timing,
		Usage: "show for each request where its time went: name, connection, TLS, wait, transfer"}
}
