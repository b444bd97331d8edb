// Package audit judges a configuration before it is used: which of its values
// cannot work, by themselves or together, and which files they name are missing,
// open to others, or not what they should be. Nothing is contacted: whether tenant,
// app and services exist is for the steps to find out.
//
// The way in is [Check]. Files are opened through the input, so that the caller
// decides how; the contents of a secret's file are looked at for their form and
// told to nobody.
package audit

import (
	"crypto/x509"
	"io/fs"
	"strings"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/config"
	"hdstest/internal/diagnose"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/secret"
)

// Groups of findings.
const (
	groupFile       = "file"
	groupApp        = "app"
	groupCredential = "credential"
	groupServices   = "services"
	groupSignIn     = "signin"
	groupConnection = "connection"
)

// Input is what is judged, with the world around it.
type Input struct {
	Settings *config.Settings // nil: the sources contradict each other
	Faults   []config.Fault   // what was refused of them
	Now      time.Time
	Environ  func(string) string
	Open     func(path string) (File, error)
	// Certificate parses a PEM or PFX file with a private key. Its errors may carry
	// evidence.
	Certificate func(data []byte, password secret.Value) (*x509.Certificate, error)
}

// File is a file that the configuration names.
type File struct {
	Data []byte
	Mode fs.FileMode // 0: not known here
}

// Check gives the findings in the order in which a person would set things up.
func Check(in Input) []check.Finding {
	a := &auditor{Input: in}
	a.file()
	if in.Settings == nil {
		return a.findings
	}
	a.s = in.Settings
	a.app()
	a.credential()
	a.services()
	a.signIn()
	a.connection()
	return a.findings
}

type auditor struct {
	Input
	s        *config.Settings
	findings []check.Finding
}

// seen is what a check found.
type seen struct {
	id, group, title string
	expected, seen   string
	cause            string // of what failed or warns
	hint             string // in the place of the cause's fix
	source           string
}

func (a *auditor) add(status check.Status, s seen) {
	f := check.Finding{ID: s.id, Group: s.group, Title: s.title, Status: status, Expected: s.expected, Seen: s.seen, Hint: s.hint, Source: s.source}
	if status == check.Fail || status == check.Warn {
		f.Cause = s.cause
		if f.Cause != "" && f.Hint == "" {
			f.Hint = diagnose.Fix(a.bundle(), f.Cause)
		}
	}
	a.findings = append(a.findings, f)
}

func (a *auditor) pass(s seen) { a.add(check.Pass, s) }
func (a *auditor) fail(s seen) { a.add(check.Fail, s) }
func (a *auditor) warn(s seen) { a.add(check.Warn, s) }
func (a *auditor) skip(s seen) { a.add(check.Skip, s) }

// bundle is the configuration as evidence, for hints.
func (a *auditor) bundle() evidence.Bundle {
	if a.s == nil {
		return evidence.Bundle{Now: &a.Now}
	}
	return evidence.Bundle{Now: &a.Now,
		Config:           &evidence.Config{TenantID: a.s.TenantID, Authority: a.s.Authority, ClientID: a.s.ClientID, RedirectPlatform: a.s.RedirectPlatform},
		TokenRequest:     &evidence.TokenRequest{ClientID: a.s.ClientID},
		AuthorizeRequest: &evidence.AuthorizeRequest{ClientID: a.s.ClientID, RedirectURI: a.s.RedirectURI}}
}

// where names the place of a value, for the end of what was seen.
func (a *auditor) where(key string) string {
	v, ok := a.s.Value(key)
	if !ok || v.Source.Kind == config.FromDefault {
		return ""
	}
	return " (" + v.Source.String() + ")"
}

// written gives the text of a key as it was written, and whether a person did so.
func (a *auditor) written(key string) (string, bool) {
	v, ok := a.s.Value(key)
	return v.Text, ok && v.Source.Kind != config.FromDefault
}

// file judges what was refused before anything could be made of it.
func (a *auditor) file() {
	for _, f := range a.Faults {
		s := seen{id: "config.refused", group: groupFile, title: "What is written can be used", cause: "local.config",
			expected: "keys and values that are known", seen: f.Err().Error(), hint: "mend it there; the README lists the keys under Configuration"}
		if f.Untrusted {
			s.id, s.title, s.expected, s.hint = "config.trust", "The file may say what it says", "a file that is named or trusted", "read it, then: hdstest config trust"
		}
		a.fail(s)
	}
	if len(a.Faults) == 0 {
		where := "no config file; flags, environment and defaults"
		if a.Settings != nil && a.Settings.File != "" {
			where = a.Settings.File
		}
		a.pass(seen{id: "config.refused", group: groupFile, title: "What is written can be used", seen: where})
	}
	if a.Settings == nil {
		return
	}
	for _, w := range a.Settings.Warnings {
		if !strings.HasSuffix(w, entra.RetiredFHIR) { // that is the services' matter
			a.warn(seen{id: "config.mixed", group: groupFile, title: "Tenant, app and credential are of one source", expected: "one set of values",
				seen: w, cause: "local.config", hint: "unset the variable, or leave the key out of the profile; hdstest config show tells where each value comes from"})
		}
	}
}
