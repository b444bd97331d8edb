package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"hdstest/internal/causes"
	"hdstest/internal/check"
)

// serviceHead are the columns of the services of a run over many, behind the
// status; the first wordColumns of them are words.
func serviceHead() []string {
	return []string{"profile", "service", "answer", "cause", "ok", "warn", "fail", "skip", "time"}
}

const wordColumns = 4

func serviceCells(s check.Service) []string {
	return []string{Escape(s.Profile), Escape(s.Service), Escape(s.Answer), Escape(s.Cause), fmt.Sprint(s.Passed), fmt.Sprint(s.Warnings),
		fmt.Sprint(s.Failed), fmt.Sprint(s.Skipped), millis(s.Took)}
}

// serviceName names a service among those of all profiles.
func serviceName(s check.Service) string { return Escape(s.Profile + " " + s.Service) }

// timesHead are the columns of where the time of a service went, behind its name.
func timesHead() []string {
	return append([]string{"token", "name", "connect", "TLS"}, percentileHead()...)
}

func timesCells(s check.Service) []string {
	var out []string
	for _, ms := range []float64{s.Token, s.DNS, s.Connect, s.TLS} {
		text := ""
		if ms > 0 {
			text = fmt.Sprintf("%.1f", ms)
		}
		out = append(out, text)
	}
	if s.Percentiles == nil {
		return append(append(out, "0"), make([]string, len(percentileHead())-1)...)
	}
	return append(out, percentileCells(*s.Percentiles)...)
}

// rolesHead are the columns of what an identity may do on its service, in roles.
func rolesHead() []string { return []string{"fits", "assigned"} }

func rolesCells(s check.Service) []string {
	fits := "–"
	if s.Fits != nil {
		fits = cmp.Or(check.FitText(s.Fits), "no set of built-in roles")
	}
	assigned := cmp.Or(s.Unread, "–")
	if s.Assigned != nil {
		assigned = cmp.Or(strings.Join(s.Assigned, ", "), "none")
	}
	return []string{Escape(fits), Escape(assigned)}
}

// rolesKnown tells whether there is anything to say of roles.
func rolesKnown(all []check.Service) bool {
	return slices.ContainsFunc(all, func(s check.Service) bool { return s.Fits != nil || s.Assigned != nil || s.Unread != "" })
}

// alikeServices are services that did not pass for one reason. The finding is the
// first one's.
type alikeServices struct {
	finding check.Finding
	names   []string // the first ones'
	n, of   int
	differ  bool // in what is to be done: each has its own command, mostly
}

// namesTold is how many of the services of one reason are named.
const namesTold = 5

// alike groups the services that did not pass by cause, else by answer: failures
// first, and what concerns the most.
func alike(all []check.Service) []*alikeServices {
	var out []*alikeServices
	known := map[string]*alikeServices{}
	for _, s := range all {
		if s.Status != check.Fail && s.Status != check.Warn || s.Answer == check.LeftBehind { // what was left behind is told one by one
			continue
		}
		key := string(s.Status) + "\x00" + cmp.Or(s.Cause, "\x00"+s.Answer)
		g := known[key]
		if g == nil {
			g = &alikeServices{of: len(all), finding: check.Finding{ID: s.ID, Group: s.Service, Title: s.Answer, Status: s.Status,
				Expected: s.Expected, Seen: s.Seen, Hint: s.Hint, Cause: s.Cause, Source: s.Source}}
			known[key], out = g, append(out, g)
		}
		g.differ = g.differ || s.Hint != g.finding.Hint
		if g.n++; g.n <= namesTold {
			g.names = append(g.names, s.Profile+" "+s.Service)
		}
	}
	slices.SortStableFunc(out, func(a, b *alikeServices) int {
		return cmp.Or(cmp.Compare(a.finding.Status, b.finding.Status), cmp.Compare(b.n, a.n)) // fail comes before warn
	})
	return out
}

// heading says how many services it is about, and what is wrong.
func (a *alikeServices) heading() string {
	title := a.finding.Title
	if c, ok := causes.ByID(a.finding.Cause); ok {
		title = c.Title + " [" + c.ID + "]"
	}
	noun := "services"
	if a.of == 1 {
		noun = "service"
	}
	return fmt.Sprintf("%d of %d %s: %s", a.n, a.of, noun, title)
}

// where names the services, the first ones of many.
func (a *alikeServices) where() string {
	text := strings.Join(a.names, ", ")
	if more := a.n - len(a.names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// told is the finding with what is said of the first service alone marked as such.
func (a *alikeServices) told() check.Finding {
	f := a.finding
	if a.n > 1 && f.Seen != "" {
		f.Seen = a.names[0] + ": " + f.Seen
	}
	if a.differ && f.Hint != "" {
		f.Hint = "for " + a.names[0] + ": " + f.Hint
	}
	return f
}

// details are what is to be said below the heading.
func (a *alikeServices) details() []detail {
	out := []detail{{"where", Escape(a.where())}}
	for _, d := range details(a.told()) {
		if d.label == "seen" || d.label == "do next" {
			out = append(out, d)
		}
	}
	return out
}

// problems are the findings that are told one by one: of many services one for each
// reason, and each thing that was left behind.
func (r Report) problems() []check.Finding {
	if r.Services == nil {
		return r.Findings
	}
	var out []check.Finding
	for _, a := range alike(r.Services) {
		f := a.told()
		f.Title, f.Seen = a.heading(), a.where()+"; "+cmp.Or(f.Seen, f.Title)
		out = append(out, f)
	}
	for _, s := range r.Services {
		for _, l := range s.Leftovers {
			out = append(out, check.Finding{ID: s.ID, Group: s.Service, Title: leftoverTitle(s), Status: check.Fail, Seen: l.Seen, Hint: l.Hint})
		}
	}
	return out
}

func leftoverTitle(s check.Service) string { return "Not removed from " + s.Profile + " " + s.Service }

// services writes a line for each service of a run over many, and below them,
// once for each reason, what to do next.
func (t *table) services(r Report) {
	var rows [][]string
	for _, s := range r.Services {
		rows = append(rows, serviceCells(s))
	}
	t.side("", serviceHead(), wordColumns, r.Services, rows, "cause", "skip", "warn", "ok", "fail")
	if r.Times {
		t.named("Times of each service in ms", timesHead(), 0, r.Services, timesCells, "name", "connect", "TLS", "p90", "p95", "token")
	}
	if r.Roles && rolesKnown(r.Services) {
		t.named("What each may do, in roles", rolesHead(), len(rolesHead()), r.Services, rolesCells)
		for _, m := range r.Matrices {
			t.line("")
			t.line(t.look.paint(bold, groupTitle(matrixGroup(m))))
			t.matrix(m)
		}
	}
	t.nextSteps(r.Services)
}

// named writes a table whose first column names the service.
func (t *table) named(title string, head []string, words int, all []check.Service, cells func(check.Service) []string, spare ...string) {
	var rows [][]string
	for _, s := range all {
		rows = append(rows, append([]string{serviceName(s)}, cells(s)...))
	}
	t.side(title, append([]string{"service"}, head...), words+1, all, rows, spare...)
}

// side sets rows side by side under their head, each behind its status; the first
// columns are words, the others figures. On a narrow terminal the spare columns go,
// one after the other, until the others fit.
func (t *table) side(title string, head []string, words int, all []check.Service, rows [][]string, spare ...string) {
	g := grid{words: words}
	for _, row := range append([][]string{head}, rows...) {
		g.widen(row)
	}
	for _, name := range spare {
		if t.look.Width > 0 && g.width() > t.look.Width {
			g.widths[slices.Index(head, name)] = 0
		}
	}
	t.line("")
	if title != "" {
		t.line(t.look.paint(bold, title))
	}
	t.line("    " + t.look.paint(dim, g.line(head)))
	for i, row := range rows {
		t.line("  " + t.look.sign(all[i].Status) + " " + g.line(row))
	}
}

// grid is how wide the columns of a table are; a column without width is left out.
type grid struct {
	words  int // so many columns at the left are words
	widths []int
}

func (g *grid) widen(row []string) {
	for i, cell := range row {
		if i == len(g.widths) {
			g.widths = append(g.widths, 0)
		}
		g.widths[i] = max(g.widths[i], utf8.RuneCountInString(cell))
	}
}

// width is that of a line, its status included.
func (g *grid) width() int {
	const status, gap = 2, 2
	sum := status
	for _, w := range g.widths {
		if w > 0 {
			sum += gap + w
		}
	}
	return sum
}

// line sets cells side by side, the figures at the right of theirs.
func (g *grid) line(cells []string) string {
	var out []string
	for i, cell := range cells {
		switch {
		case g.widths[i] == 0:
		case i < g.words:
			out = append(out, pad(cell, g.widths[i]))
		default:
			out = append(out, padLeft(cell, g.widths[i]))
		}
	}
	return strings.Join(out, "  ")
}

// nextSteps tells of the first service of each reason in full, and of all that was
// left behind.
func (t *table) nextSteps(all []check.Service) {
	for _, a := range alike(all) {
		t.line("")
		t.line("  " + t.look.sign(a.finding.Status) + " " + t.look.paint(bold, Escape(a.heading())))
		for _, d := range a.details() {
			t.detail(d.label, d.text)
		}
	}
	for _, s := range all {
		for _, l := range s.Leftovers {
			t.line("")
			t.line("  " + t.look.sign(check.Fail) + " " + t.look.paint(bold, Escape(leftoverTitle(s))))
			t.detail("seen", l.Seen)
			t.detail("do next", l.Hint)
		}
	}
}
