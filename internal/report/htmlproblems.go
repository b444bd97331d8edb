package report

import (
	"cmp"
	"fmt"
	"strings"

	"hdstest/internal/causes"
	"hdstest/internal/check"
)

// problem is what did not pass for one reason: the first of it stands for all.
type problem struct {
	first  check.Finding
	titles []string
}

// problems groups what did not pass by its cause and by what to do, which differs
// between services: failures first, in the order in which they were found.
func problems(findings []check.Finding) []*problem {
	var out []*problem
	known := map[string]*problem{}
	for _, f := range append(by(check.Fail, findings), by(check.Warn, findings)...) {
		key := string(f.Status) + "\n" + cmp.Or(f.Cause+f.Hint, f.Title)
		p := known[key]
		if p == nil {
			p = &problem{first: f}
			known[key] = p
			out = append(out, p)
		}
		p.titles = append(p.titles, f.Title)
	}
	return out
}

func (p *problem) heading() string {
	title := Escape(p.first.Title)
	if c, ok := causes.ByID(p.first.Cause); ok {
		title = c.Title
	}
	if service, _, _ := strings.Cut(p.first.Group, "-"); service == "fhir" || service == "dicom" {
		title = groupTitle(service) + ": " + title
	}
	return title
}

// where names at most three of the checks.
func (p *problem) where() string {
	const most = 3
	text := strings.Join(p.titles[:min(most, len(p.titles))], "; ")
	if more := len(p.titles) - most; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

func (p *problem) details() []detail {
	var out []detail
	for _, d := range []detail{{"where", p.where()}, {"seen", p.first.Seen}, {"do next", p.first.Hint}} {
		if d.text != "" {
			out = append(out, detail{d.label, Escape(d.text)})
		}
	}
	return out
}
