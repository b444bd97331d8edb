package report

import (
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/check"
)

// services writes what is wrong with how many, what was left behind, then the table
// of all services, and folded away where the time went and who may do what.
func (m *markdown) services(r Report) {
	for _, a := range alike(r.Services) {
		var out strings.Builder
		fmt.Fprintf(&out, "\n### %s %s\n\n", markdownSign(a.finding.Status), inMarkdown(a.heading()))
		markdownDetails(&out, a.details())
		m.add(out.String())
	}
	for _, s := range r.Services {
		for _, l := range s.Leftovers {
			m.add(fmt.Sprintf("\n### %s %s\n\n- **seen** %s\n- **do next** %s\n", markdownSign(check.Fail), inMarkdown(leftoverTitle(s)), inMarkdown(l.Seen), inMarkdown(l.Hint)))
		}
	}
	m.side(r.Services, slices.Insert(serviceHead(), addressColumn, "url"), wordColumns+1, func(s check.Service) []string {
		return slices.Insert(serviceCells(s), addressColumn, Escape(s.URL))
	})
	m.folded("Times of each service in ms", func() {
		m.side(r.Services, append([]string{"service"}, timesHead()...), 1, named(timesCells))
	})
	if !rolesKnown(r.Services) {
		return
	}
	m.folded("What each may do", func() {
		m.side(r.Services, append([]string{"service"}, rolesHead()...), 1+len(rolesHead()), named(rolesCells))
		for _, one := range r.Matrices {
			m.add("\n**" + inMarkdown(groupTitle(matrixGroup(one))) + "**\n" + markdownMatrix(one))
		}
	})
}

// addressColumn is where the address stands among the columns of a service.
const addressColumn = 2

// named puts the service's name before its cells.
func named(cells func(check.Service) []string) func(check.Service) []string {
	return func(s check.Service) []string { return append([]string{serviceName(s)}, cells(s)...) }
}

// side writes a table of services; the first columns are words, the others figures.
func (m *markdown) side(all []check.Service, head []string, words int, cells func(check.Service) []string) {
	if !m.add("\n| | " + strings.Join(head, " | ") + " |\n|---|" + strings.Repeat("---|", words) + strings.Repeat("---:|", len(head)-words) + "\n") {
		return
	}
	for _, s := range all {
		var out strings.Builder
		out.WriteString("| " + markdownSign(s.Status))
		for _, cell := range cells(s) {
			out.WriteString(" | " + inMarkdown(cell))
		}
		m.add(out.String() + " |\n")
	}
}

// folded writes what is shown when its title is clicked.
func (m *markdown) folded(title string, write func()) {
	if m.add("\n<details><summary>" + title + "</summary>\n") {
		write()
		m.out.WriteString("\n</details>\n")
	}
}
