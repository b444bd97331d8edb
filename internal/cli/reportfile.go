package cli

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"hdstest/internal/export"
	"hdstest/internal/problem"
	"hdstest/internal/report"
	"hdstest/internal/suggest"
)

// target is a file of --report.
type target struct{ form, path string }

// reportTarget reads FORM=FILE and makes sure that the file can be written.
func reportTarget(text string) (target, error) {
	form, file, ok := strings.Cut(text, "=")
	switch {
	case !ok || file == "":
		return target{}, problem.Usagef("--report: expected FORM=FILE, such as junit=hdstest.xml, not %s", show(text))
	case !slices.Contains(tableForms(), form):
		return target{}, problem.Usagef("--report: expected %s before the =, not %s%s", list(tableForms()), show(form), suggest.DidYouMean(form, "", tableForms()))
	case file == "-":
		return target{}, problem.Usagef("--report: expected a file, not -; stdout has the form of --output")
	}
	if err := checkPlace("--report "+text, file); err != nil {
		return target{}, err
	}
	return target{form, file}, nil
}

// writeReport writes a file, whole or not at all. Reports hold no secrets, and
// other steps of a job read them: mode 0644.
func (p *program) writeReport(t target, r report.Report) error {
	var out bytes.Buffer
	if err := p.render(t.form, &out, r); err != nil {
		return fmt.Errorf("write the report %s: %w", t.path, err)
	}
	return export.Write(filepath.Dir(t.path), []export.File{{Name: filepath.Base(t.path), Data: out.Bytes(), Mode: 0o644}})
}
