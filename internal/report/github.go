package report

import (
	"fmt"
	"io"
	"strings"

	"hdstest/internal/check"
)

// annotations is how many of a kind GitHub shows for a step; more are dropped.
const annotations = 10

// GitHub writes the report for the log of a GitHub Actions job: the table, from
// which no command is taken, then an annotation for each failure, warning and
// skip, the failures first. guard is a random word that ends the part without
// commands.
//
// It masks no secret ([GitHubMask]) and writes no summary ([Markdown]).
//
// Source: docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands;
// actions/runner, ActionCommand.cs.
func GitHub(w io.Writer, r Report, guard string) error {
	var out strings.Builder
	fmt.Fprintf(&out, "::stop-commands::%s\n", guard)
	if err := Table(&out, r, Look{}); err != nil {
		return err
	}
	fmt.Fprintf(&out, "::%s::\n", guard)
	told := r.problems()
	annotate(&out, r, "error", by(check.Fail, told))
	annotate(&out, r, "warning", by(check.Warn, told))
	annotate(&out, r, "notice", gathered(by(check.Skip, told)))
	_, err := io.WriteString(w, out.String())
	return err
}

// annotate writes annotations of one kind, no more than are shown.
func annotate(out *strings.Builder, r Report, kind string, findings []check.Finding) {
	for i, f := range findings {
		if i == annotations-1 && len(findings) > annotations {
			fmt.Fprintf(out, "::%s title=hdstest::and %d more, see the log or the job's summary\n", kind, len(findings)-i)
			return
		}
		properties := "title=" + githubProperty(f.Title)
		if p, ok := r.place(f); ok && f.Status != check.Skip {
			properties += fmt.Sprintf(",file=%s,line=%d", githubProperty(p.File), max(p.Line, 1))
		}
		fmt.Fprintf(out, "::%s %s::%s\n", kind, properties, githubData(annotation(f)))
	}
}

// annotation is the message, a line for each detail.
func annotation(f check.Finding) string {
	lines := []string{outline(f)}
	for _, d := range details(f) {
		if d.label == "why" || d.label == "do next" {
			lines = append(lines, d.label+": "+d.text)
		}
	}
	return strings.Join(lines, "\n")
}

// githubData writes the text behind a command; line ends come back as such.
func githubData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// githubProperty writes the value of a command's property. The runner drops an
// empty one.
func githubProperty(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(Escape(text))
}

// GitHubError is the annotation of a run that ended before it had a report.
func GitHubError(text string) string {
	return "::error title=hdstest::" + githubData(Escape(text)) + "\n"
}

// GitHubMask gives the commands by which the runner hides a secret from then on,
// a line for each line of it; nothing for a secret too short to be hidden without
// blanking out the log.
func GitHubMask(secret string) string {
	var out strings.Builder
	for _, line := range maskable(secret) {
		fmt.Fprintf(&out, "::add-mask::%s\n", githubData(line))
	}
	return out.String()
}

// shortestMask is the shortest secret that is masked: no issuer makes shorter
// ones, and a mask of a letter or two would make the log unreadable.
const shortestMask = 4

// maskable splits a secret into lines, since logs are masked line by line.
func maskable(secret string) []string {
	var out []string
	for line := range strings.FieldsFuncSeq(secret, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = strings.TrimSpace(line); len(line) >= shortestMask {
			out = append(out, line)
		}
	}
	return out
}
