package report

import (
	"slices"

	"hdstest/internal/check"
)

// services are the tables of a run over many, and what is wrong with how many.
func (p *htmlPage) services(r Report) {
	for _, a := range alike(r.Services) {
		p.Alike = append(p.Alike, htmlAlike(a.finding.Status, a.heading(), a.details()))
	}
	for _, s := range r.Services {
		for _, l := range s.Leftovers {
			p.Alike = append(p.Alike, htmlAlike(check.Fail, leftoverTitle(s), []detail{{"seen", Escape(l.Seen)}, {"do next", Escape(l.Hint)}}))
		}
	}
	p.side("Services", slices.Insert(serviceHead(), addressColumn, "url"), wordColumns+1, r.Services, func(s check.Service) []string {
		return slices.Insert(serviceCells(s), addressColumn, Escape(s.URL))
	})
	for i, s := range r.Services {
		cells := p.Tables[0].Rows[i].Cells
		cells[addressColumn].Class, cells[addressColumn+1].Class = "long", "long"
		cells[addressColumn+1].Below = Escape(s.Seen)
	}
	p.side("Times of each service in ms", append([]string{"service"}, timesHead()...), 1, r.Services, named(timesCells))
	if !rolesKnown(r.Services) {
		return
	}
	p.side("What each may do", append([]string{"service"}, rolesHead()...), 1+len(rolesHead()), r.Services, named(rolesCells))
	for _, m := range r.Matrices {
		last := &p.Tables[len(p.Tables)-1]
		one := newHTMLMatrix(m)
		one.Title = groupTitle(matrixGroup(m))
		last.Matrices = append(last.Matrices, one)
	}
}

func htmlAlike(status check.Status, title string, all []detail) htmlFinding {
	out := htmlFinding{Status: string(status), Sign: Look{}.sign(status), Title: Escape(title)}
	for _, d := range all {
		out.Details = append(out.Details, htmlDetail{d.label, d.text})
	}
	return out
}

// side adds a table; the first columns are words, the others figures.
func (p *htmlPage) side(title string, head []string, words int, all []check.Service, cells func(check.Service) []string) {
	class := func(i int) string {
		if i < words {
			return "word"
		}
		return "figure"
	}
	t := htmlTable{Title: title}
	for i, h := range head {
		t.Head = append(t.Head, htmlHead{class(i), h})
	}
	for _, s := range all {
		row := htmlService{Status: string(s.Status), Sign: Look{}.sign(s.Status)}
		for i, cell := range cells(s) {
			row.Cells = append(row.Cells, htmlValue{Class: class(i), Text: cell})
		}
		t.Rows = append(t.Rows, row)
	}
	p.Tables = append(p.Tables, t)
}
