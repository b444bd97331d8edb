package cli

import (
	"cmp"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"

	"hdstest/internal/report"
)

func (p *program) renderGitHub(w io.Writer, r report.Report, log bool) error {
	if file := p.Environ("GITHUB_STEP_SUMMARY"); log && file != "" {
		if err := appendSummary(file, r); err != nil {
			p.warn("GITHUB_STEP_SUMMARY: the job's summary could not be written: " + err.Error())
		}
	}
	guard := make([]byte, 16)
	if _, err := io.ReadFull(p.Rand, guard); err != nil {
		return err
	}
	return report.GitHub(w, r, hex.EncodeToString(guard))
}

// appendSummary adds to the summary of the step as much as there is room for.
func appendSummary(file string, r report.Report) (err error) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, f.Close()) }()
	room := report.SummaryLimit
	if info, err := f.Stat(); err == nil {
		room -= int(min(info.Size(), report.SummaryLimit))
	}
	const least = 4 << 10
	if room < least {
		return nil // what others wrote fills it
	}
	return report.Markdown(f, r, room)
}

// renderAzure leaves the summary in the agent's folder for temporary files, which
// is emptied after the job: it is read when the command is seen, after our end.
func (p *program) renderAzure(w io.Writer, r report.Report, log bool) error {
	summary := ""
	if log && p.onAzurePipelines() {
		var err error
		if summary, err = temporarySummary(p.Environ("AGENT_TEMPDIRECTORY"), r); err != nil {
			p.warn("AGENT_TEMPDIRECTORY: the run's summary could not be written: " + err.Error())
		}
	}
	return report.AzurePipelines(w, r, summary)
}

func temporarySummary(folder string, r report.Report) (string, error) {
	f, err := os.CreateTemp(folder, "hdstest-summary-*.md")
	if err != nil {
		return "", err
	}
	err = report.Markdown(f, r, report.SummaryLimit)
	if err = cmp.Or(err, f.Close()); err != nil {
		return "", err
	}
	return filepath.Abs(f.Name())
}

// annotateError shows an error that came before any report where the form of
// stdout is that of a CI system; other forms have nothing to say then.
func (p *program) annotateError(err error) {
	write := map[string]func(string) string{formGitHub: report.GitHubError, formAzure: report.AzurePipelinesError}[p.global.output]
	if write == nil || p.command == nil || !p.command.reports() {
		return
	}
	for _, one := range split(err) {
		_, _ = io.WriteString(p.Stdout, write(one.Error())) // stderr has it too
	}
}
