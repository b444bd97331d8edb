package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"hdstest/internal/check"
)

// htmlText is the page. It loads nothing, and its policy would let it load nothing.
//
//go:embed report.html
var htmlText string

// HTML writes the report as one page that stands alone: the findings by group,
// those that did not pass in full, and the timings as a waterfall. All text is
// escaped; the page asks for nothing from outside and runs no script.
func HTML(w io.Writer, r Report) error {
	t, err := template.New("report").Parse(htmlText)
	if err != nil {
		return fmt.Errorf("read the page's template: %w", err)
	}
	return t.Execute(w, newPage(r))
}

// htmlPage is what the template shows.
type htmlPage struct {
	Title, Status, Sign, Summary, Version, Began, Span string
	Facts                                              []Fact
	Groups                                             []htmlGroup
	Phases                                             []string
	Bars                                               []htmlBar
	Notes                                              []string
	PercentileHead                                     []string
	Percentiles                                        []htmlPercentiles
	Tables                                             []htmlTable   // of many services
	Alike                                              []htmlFinding // what is wrong with how many
}

// htmlTable is services side by side.
type htmlTable struct {
	Title    string
	Head     []htmlHead
	Rows     []htmlService
	Matrices []htmlMatrix
}

// htmlHead is a column: of words, or of figures.
type htmlHead struct{ Class, Text string }

type htmlService struct {
	Status, Sign string
	Cells        []htmlValue
}

// htmlValue is a cell: its class, its text and, folded away, what was seen.
type htmlValue struct{ Class, Text, Below string }

type htmlGroup struct {
	Title    string
	Findings []htmlFinding
	Matrices []htmlMatrix
}

// htmlMatrix is what identities may do, as the template shows it; the title is that of
// one that stands below no findings.
type htmlMatrix struct {
	Title      string
	Identities []string
	Rows       []htmlRow
}

type htmlRow struct {
	Action, Title, Aside string
	Cells                []htmlCell
}

// htmlCell is a verdict: its sign, and the word for those who hear the page.
type htmlCell struct{ Status, Sign, Word string }

type htmlFinding struct {
	Status, Sign, Title, Time, Seen string
	Details                         []htmlDetail
}

type htmlPercentiles struct {
	Title string
	Cells []string
}

type htmlDetail struct{ Label, Text string }

type htmlBar struct {
	Title, Total, Words string
	Phases              []htmlPhase
}

// htmlPhase is a rectangle, in thousandths of the picture's width.
type htmlPhase struct{ Name, X, Width string }

func newPage(r Report) htmlPage {
	p := htmlPage{Title: Escape(r.Title), Status: string(r.Status()), Sign: Look{}.sign(r.Status()), Summary: Summary(r), Version: Escape(r.Version),
		Phases: check.PhaseNames()}
	if !r.Began.IsZero() {
		p.Began = r.Began.Format(time.RFC1123Z)
	}
	for _, f := range r.Facts {
		p.Facts = append(p.Facts, Fact{Escape(f.Name), Escape(f.Text)})
	}
	if r.Services != nil {
		p.services(r)
		return p.closed(r)
	}
	for _, one := range problems(r.Findings) {
		p.Alike = append(p.Alike, htmlAlike(one.first.Status, one.heading(), one.details()))
	}
	said := map[string]bool{}
	for _, g := range groups(r.Findings) {
		one := htmlGroup{Title: groupTitle(g.name)}
		for _, f := range gathered(g.findings) {
			hint := f.Hint
			if said[hint] && f.Status != check.Skip { // it stands in full above, as in the table
				f.Hint = "as above"
			}
			said[hint] = hint != ""
			one.Findings = append(one.Findings, newHTMLFinding(f))
		}
		for _, m := range r.Matrices {
			if g.name == matrixGroup(m) {
				one.Matrices = append(one.Matrices, newHTMLMatrix(m))
			}
		}
		p.Groups = append(p.Groups, one)
	}
	return p.closed(r)
}

// closed adds what comes last in every report.
func (p htmlPage) closed(r Report) htmlPage {
	for _, n := range r.Notes {
		p.Notes = append(p.Notes, Escape(n.String()))
	}
	p.PercentileHead = percentileHead()
	for _, one := range r.Percentiles {
		p.Percentiles = append(p.Percentiles, htmlPercentiles{percentileTitle(one), percentileCells(one)})
	}
	p.draw(r.Timings)
	return p
}

func newHTMLMatrix(m check.Matrix) htmlMatrix {
	var out htmlMatrix
	for _, who := range m.Identities {
		out.Identities = append(out.Identities, Escape(who.Name))
	}
	for _, a := range m.Actions {
		row := htmlRow{Action: shortAction(a.Action), Title: Escape(a.Title), Aside: Escape(aside(m.Service, a))}
		for _, c := range a.Cells {
			cell := map[check.Verdict]htmlCell{check.Allowed: {"pass", "✓", "allowed"}, check.Denied: {"skip", "✗", "denied"}, check.NotTold: {"skip", "?", "not told"}}[c.Verdict]
			if c.Differs() {
				cell.Status, cell.Sign, cell.Word = "fail", cell.Sign+"!", cell.Word+", which the role assignments do not say"
			}
			row.Cells = append(row.Cells, cell)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func newHTMLFinding(f check.Finding) htmlFinding {
	out := htmlFinding{Status: string(f.Status), Sign: Look{}.sign(f.Status), Title: Escape(f.Title), Time: millis(f.Duration)}
	if f.Status == check.Pass || f.Status == check.Skip {
		out.Seen = Escape(f.Seen)
		return out
	}
	for _, d := range details(f) {
		out.Details = append(out.Details, htmlDetail{d.label, d.text})
	}
	return out
}

// draw makes the bars, to one scale.
func (p *htmlPage) draw(timings []check.Timing) {
	end := 0.0
	for _, t := range timings {
		end = max(end, t.Start+t.Total)
	}
	if end <= 0 {
		return
	}
	p.Span = fmt.Sprintf("%.0f ms", end)
	for _, t := range timings {
		bar := htmlBar{Title: timingTitle(t), Total: fmt.Sprintf("%.1f ms", t.Total)}
		words := []string{fmt.Sprintf("begins at %.1f ms", t.Start)}
		for _, phase := range t.Phases() {
			words = append(words, fmt.Sprintf("%s %.1f ms", phase.Name, phase.Length))
			// What is too short to be seen was there all the same.
			bar.Phases = append(bar.Phases, htmlPhase{phase.Name, thousandths(phase.Offset, end), thousandths(max(phase.Length, end/500), end)})
		}
		bar.Words = strings.Join(words, ", ")
		p.Bars = append(p.Bars, bar)
	}
}

func thousandths(part, whole float64) string { return fmt.Sprintf("%.1f", 1000*part/whole) }
