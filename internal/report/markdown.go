package report

import (
	"fmt"
	"io"
	"strings"

	"hdstest/internal/check"
)

// SummaryLimit is how long the summary of a step may be on GitHub, in bytes.
// Source: docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands.
const SummaryLimit = 1 << 20

// Markdown writes the report as GitHub Flavored Markdown: how it ended, what
// failed or is in doubt in full, then every check, folded away. limit is the
// length in bytes that must not be passed, at least some thousand; 0: there is
// none. What does not fit is left out and said to be.
func Markdown(w io.Writer, r Report, limit int) error {
	m := markdown{limit: limit - reserve}
	m.head(r)
	if r.Services != nil {
		m.services(r)
	} else {
		m.findings(r)
	}
	for _, n := range r.Notes {
		m.add("\n" + inMarkdown(n.String()) + "\n")
	}
	if m.dropped > 0 {
		fmt.Fprintf(&m.out, "\n%d entries did not fit here; the log has all of them.\n", m.dropped)
	}
	_, err := io.WriteString(w, m.out.String())
	return err
}

// reserve is room for what closes a text that was cut.
const reserve = 512

type markdown struct {
	out     strings.Builder
	limit   int // below zero: none
	dropped int
}

// add writes a part, whole or not at all, and tells which.
func (m *markdown) add(part string) bool {
	if m.limit >= 0 && m.out.Len()+len(part) > m.limit {
		m.dropped++
		return false
	}
	m.out.WriteString(part)
	return true
}

func markdownSign(s check.Status) string {
	return map[check.Status]string{check.Pass: "✅", check.Warn: "⚠️", check.Fail: "❌", check.Skip: "➖"}[s]
}

func (m *markdown) head(r Report) {
	m.add(fmt.Sprintf("## %s %s\n\n%s\n", markdownSign(r.Status()), inMarkdown(r.Title), inMarkdown(Summary(r))))
	if len(r.Facts) > 0 {
		m.add("\n| | |\n|---|---|\n")
	}
	for _, f := range r.Facts {
		m.add(fmt.Sprintf("| %s | %s |\n", inMarkdown(f.Name), inMarkdown(f.Text)))
	}
}

func (m *markdown) findings(r Report) {
	for _, f := range append(by(check.Fail, r.Findings), by(check.Warn, r.Findings)...) {
		m.add(markdownProblem(f))
	}
	m.everything(r)
}

// markdownProblem is a finding that did not pass, in full.
func markdownProblem(f check.Finding) string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n### %s %s: %s\n\n", markdownSign(f.Status), inMarkdown(groupTitle(f.Group)), inMarkdown(f.Title))
	markdownDetails(&out, details(f))
	return out.String()
}

func markdownDetails(out *strings.Builder, all []detail) {
	for _, d := range all {
		fmt.Fprintf(out, "- **%s** %s\n", d.label, inMarkdown(d.text))
	}
}

func (m *markdown) everything(r Report) {
	if len(r.Findings) == 0 {
		return
	}
	m.add("\n<details><summary>All checks</summary>\n")
	for _, g := range groups(r.Findings) {
		m.add(fmt.Sprintf("\n**%s**\n\n| | Check | Time | Seen |\n|---|---|---:|---|\n", inMarkdown(groupTitle(g.name))))
		for _, f := range g.findings {
			m.add(fmt.Sprintf("| %s | %s | %s | %s |\n", markdownSign(f.Status), inMarkdown(f.Title), inMarkdown(millis(f.Duration)), inMarkdown(f.Seen)))
		}
		for _, x := range r.Matrices {
			if g.name == matrixGroup(x) {
				m.add(markdownMatrix(x))
			}
		}
	}
	m.out.WriteString("\n</details>\n")
}

// inMarkdown writes text so that it shows as it is: no mark-up, no HTML, no
// mention, no formula, no link, in a cell of a table too.
//
// Source: GFM 0.29, sections 2.4 (backslash escapes), 6.2 (entities), 6.9
// (autolinks).
func inMarkdown(text string) string {
	return strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`, "~", `\~`, "#", `\#`,
		"@", `\@`, "$", `\$`, "!", `\!`, "://", `\://`, "www.", `www\.`, "WWW.", `WWW\.`,
		"<", "&lt;", ">", "&gt;", "&", "&amp;").Replace(Escape(text))
}
