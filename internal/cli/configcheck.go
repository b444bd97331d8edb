package cli

import (
	"context"
	"crypto/x509"
	"io"
	"os"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/acquire"
	"hdstest/internal/audit"
	"hdstest/internal/check"
	"hdstest/internal/config"
	"hdstest/internal/pipeline"
	"hdstest/internal/report"
	"hdstest/internal/secret"
)

func (p *program) configCheckCommand() *command {
	every := false
	own := flagGroup{flags: []urfave.Flag{&urfave.BoolFlag{Name: "all", Destination: &every, Usage: "check every profile of the file, not only the one that would be used"}}}
	return &command{
		name: "check", usage: "find what is wrong with the configuration, offline", outputs: tableForms(),
		about: "Judges keys, ids, addresses, audiences, redirect address and credential, by themselves and together, and the files they name: " +
			"missing, open to others, a secret's ID in the place of its value, a certificate without key or past its end. Nothing is contacted.\n\n" +
			"Exit code 1 means that something cannot work, 2 that the file cannot be read.",
		examples: []example{
			{"the profile that would be used", "hdstest config check"},
			{"every profile of a file", "hdstest config check --config hdstest.yaml --all"},
			{"for a program", "hdstest config check --profile work --output json"},
		},
		groups: append([]flagGroup{own}, settingGroups()...),
		run:    func(ctx context.Context, c call) error { return p.checkConfig(ctx, c, every) },
	}
}

// checkConfig judges the settings of a call, or of each profile.
func (p *program) checkConfig(ctx context.Context, c call, every bool) error {
	if err := p.noSandbox(); err != nil {
		return err
	}
	began := p.Now()
	in := p.input(c)
	profiles := []string{in.Profile}
	if every {
		var err error
		if profiles, err = config.Profiles(in); err != nil {
			return err
		}
		if len(profiles) == 0 { // none to go through: judge what would be used, and the file
			profiles, every = []string{in.Profile}, false
		}
	}
	var findings []check.Finding
	var facts []report.Fact
	for _, profile := range profiles {
		in.Profile = profile
		settings, faults, err := config.Examine(in)
		if err != nil {
			return err
		}
		found := audit.Check(audit.Input{Settings: settings, Faults: faults, Now: p.Now(), Environ: p.Environ, Open: openFile, Certificate: leafOf})
		if every {
			found = ofProfile(profile, found)
		} else if settings != nil {
			facts = configFacts(settings)
		}
		findings = append(findings, found...)
	}
	return p.show(ctx, pipeline.Report{Findings: findings}, report.Report{Title: "Configuration", Facts: facts, Elapsed: p.Now().Sub(began),
		Extra: []field{{Name: "command", Value: "config check"}}})
}

func configFacts(s *config.Settings) (out []report.Fact) {
	for _, f := range []report.Fact{{Name: "file", Text: s.File}, {Name: "profile", Text: s.Profile}} {
		if f.Text != "" {
			out = append(out, f)
		}
	}
	return out
}

// ofProfile groups findings by profile.
func ofProfile(name string, findings []check.Finding) []check.Finding {
	for i := range findings {
		findings[i].Group = "profile " + name
	}
	return findings
}

// openFile reads a file of bearable size with its mode.
func openFile(path string) (audit.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return audit.File{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return audit.File{}, err
	}
	data, err := io.ReadAll(io.LimitReader(f, secretLimit))
	return audit.File{Data: data, Mode: info.Mode()}, err
}

// leafOf parses the app's certificate.
func leafOf(data []byte, password secret.Value) (*x509.Certificate, error) {
	c, err := acquire.ParseCertificate(data, password)
	if err != nil {
		return nil, err
	}
	return c.Leaf, nil
}
