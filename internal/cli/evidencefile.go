package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"hdstest/internal/check"
	"hdstest/internal/diagnose"
	"hdstest/internal/evidence"
	"hdstest/internal/explain"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
)

// witness collects what the steps of a run saw.
type witness struct {
	mu     sync.Mutex
	all    []evidence.Bundle
	cause  string          // of the first check that failed; empty: none did, or it has none
	passed bool            // every check passed: a refusal that was seen was an answer
	basis  evidence.Bundle // what is known apart from exchanges
}

func (w *witness) add(b evidence.Bundle) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !b.IsZero() {
		w.all = append(w.all, b)
	}
}

// judged notes what a run's first failure is put down to, so that the file is
// about that.
func (w *witness) judged(r pipeline.Report) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.passed = check.Overall(r.Findings) == check.Pass && len(r.Errors) == 0
	for _, status := range []check.Status{check.Fail, check.Warn} {
		for _, f := range r.Findings {
			if f.Status == status && f.Cause != "" && w.cause == "" {
				w.cause = f.Cause
			}
		}
	}
}

// failed adds the evidence of an error, unless a step has told of it already.
func (w *witness) failed(err error) {
	for _, one := range split(err) {
		var own *problem.Error
		if errors.As(one, &own) && own.Evidence != nil && !w.has(*own.Evidence) {
			w.add(*own.Evidence)
		}
	}
}

// has tells whether the same facts are there, whatever stands around them.
func (w *witness) has(b evidence.Bundle) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.all, func(o evidence.Bundle) bool {
		return b.TokenEndpoint != nil && o.TokenEndpoint == b.TokenEndpoint || b.Network != nil && o.Network == b.Network ||
			b.TokenRequest != nil && o.TokenRequest == b.TokenRequest
	})
}

// bundle makes one bundle of all: the exchange that decides, completed by what is
// known around it, and the others in a list.
func (w *witness) bundle() evidence.Bundle {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := evidence.Decisive(w.all, func(b evidence.Bundle) bool {
		matches := diagnose.Diagnose(b)
		return w.cause != "" && len(matches) > 0 && matches[0].Cause == w.cause
	})
	switch {
	case i < 0:
		return w.basis
	case w.passed, w.cause == "" && w.all[i].Response != nil && !w.all[i].Failed():
		// Nothing failed: an expected refusal must not be taken for what the file is about.
		return w.basis.Complete(w.all...).With(w.all).Green()
	}
	others := slices.Delete(slices.Clone(w.all), i, i+1)
	return w.all[i].Complete(append(others, w.basis)...).With(others)
}

// openEvidence makes the file of --evidence before anything runs. One that is
// there is left alone: it may be what a colleague still needs.
func (p *program) openEvidence() error {
	path := p.global.evidence
	switch {
	case path == "":
		return nil
	case path == "-":
		return problem.Usagef("--evidence: expected a file, not -; stdout has the answer of the command")
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return problem.Usagef("--evidence: %s is there already and is not written over: name another file, or remove it", path)
	case err != nil:
		return problem.Usagef("--evidence: the file %s cannot be made: %w", path, errors.Unwrap(err))
	}
	p.evidence = file
	return nil
}

// writeEvidence writes what was seen, also where the command failed. Bad input of
// which nothing was seen leaves no file.
func (p *program) writeEvidence(c *command, failure error) error {
	if p.evidence == nil {
		return nil
	}
	p.seen.failed(failure)
	b := p.seen.bundle()
	nothing := code(failure) == ExitUsage && len(p.seen.all) == 0
	b.Tool, b.Command = Name+" "+p.Version.String(), strings.TrimPrefix(c.path(), Name+" ")
	if b.Now == nil {
		now := p.Now().UTC()
		b.Now = &now
	}
	data, err := p.redacted(b)
	if err == nil && !nothing {
		_, err = p.evidence.Write(data)
	}
	err = errors.Join(err, p.evidence.Close())
	if nothing || err != nil {
		err = errors.Join(err, os.Remove(p.evidence.Name()))
	}
	if err != nil {
		p.say("the evidence could not be written to %s: %v", p.global.evidence, err)
		return told{ExitFailed}
	}
	if !nothing {
		p.say("evidence written to %s; hdstest explain --evidence reads it", p.global.evidence)
	}
	return nil
}

// redacted is the bundle as JSON. Whoever made it kept secrets and persons out;
// here the name of the person's own folder goes, and anything with the form of a
// token that a server may have repeated.
func (p *program) redacted(b evidence.Bundle) ([]byte, error) {
	var out bytes.Buffer
	if err := evidence.Write(&out, b); err != nil {
		return nil, err
	}
	text := out.String()
	if len(p.Home) > 1 {
		text = strings.ReplaceAll(text, p.Home, "~")
	}
	if text = explain.Nameless(text); !json.Valid([]byte(text)) {
		return nil, errors.New("it is no JSON any more once names are taken out")
	}
	return []byte(text), nil
}

// configured notes what the run was told to do.
func (w *witness) configured(s *session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.basis.Config = &evidence.Config{TenantID: s.TenantID, Authority: s.profile.Authority, ClientID: s.ClientID, RedirectPlatform: s.RedirectPlatform}
}
