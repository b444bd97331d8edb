package cli

import (
	"io"
	"net/url"
	"strings"
	"sync"

	"hdstest/internal/report"
	"hdstest/internal/secret"
)

// masks tells a CI system which texts to hide in its log, each once, as soon as
// it is known. The commands hold the secret itself, so they are written only to a
// log that is read by such a system: where its own variable says so, and not into
// a file.
type masks struct {
	mu      sync.Mutex
	out     io.Writer
	command func(secret string) string
	done    map[string]bool
}

// masksFor gives the masks of an output form; nil: nothing is to be masked.
func (p *program) masksFor(form string) *masks {
	m := &masks{out: p.Stdout, done: map[string]bool{}}
	switch {
	case p.StdoutFile, p.StdoutTerminal:
		return nil
	case form == formGitHub && p.onGitHub():
		m.command = report.GitHubMask
	case form == formAzure && p.onAzurePipelines():
		m.command = report.AzurePipelinesMask
	default:
		return nil
	}
	return m
}

// onGitHub and onAzurePipelines tell whether a job of theirs runs this program.
// Source: docs.github.com/en/actions/reference/workflows-and-actions/variables;
// learn.microsoft.com/azure/devops/pipelines/build/variables.
func (p *program) onGitHub() bool { return p.Environ("GITHUB_ACTIONS") == "true" }

func (p *program) onAzurePipelines() bool { return strings.EqualFold(p.Environ("TF_BUILD"), "true") }

// mask hides a secret from now on.
func (p *program) mask(text string) {
	m := p.masks
	if m == nil || text == "" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.done[text] {
		m.done[text] = true
		_, _ = io.WriteString(m.out, m.command(text)) // where stdout is gone, nothing is shown either
	}
}

// maskFor is mask for tokens; nil where nothing is masked.
func (p *program) maskFor() func(secret.Value) {
	if p.masks == nil {
		return nil
	}
	return func(v secret.Value) { p.mask(v.Reveal()) }
}

// maskSurroundings hides what the settings and the CI system itself hold.
func (p *program) maskSurroundings(proxy string) {
	if u, err := url.Parse(proxy); err == nil && u.User != nil {
		password, _ := u.User.Password()
		p.mask(password)
	}
	for _, name := range []string{envGitHubToken, envPipelinesToken} {
		p.mask(p.Environ(name))
	}
}
