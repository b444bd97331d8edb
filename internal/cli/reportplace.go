package cli

import (
	"cmp"
	"path"
	"path/filepath"
	"strings"

	"hdstest/internal/config"
	"hdstest/internal/entra"
	"hdstest/internal/report"
)

// places says for each group of findings which line of the repository sets what
// they are about: the config file's, else the workflow itself, whose file GitHub
// names.
func (p *program) places(s *session) map[string]report.Place {
	out := map[string]report.Place{}
	add := func(group string, keys ...string) {
		for _, key := range keys {
			if v, ok := s.Value(key); ok && v.Source.Kind == config.FromFile && out[group].File == "" {
				out[group] = report.Place{File: p.inRepository(v.Source.Name), Line: v.Source.Line}
			}
		}
	}
	add("", config.ClientID, config.TenantID, config.FHIRURL, config.DICOMURL)
	add(entra.FHIR, config.FHIRURL)
	add(entra.DICOM, config.DICOMURL)
	if out[""].File == "" {
		out[""] = report.Place{File: workflow(p.Environ("GITHUB_WORKFLOW_REF")), Line: 1}
	}
	return out
}

// workflow is the file in a reference such as
// owner/repository/.github/workflows/check.yml@refs/heads/main.
func workflow(ref string) string {
	ref, _, _ = strings.Cut(ref, "@")
	parts := strings.SplitN(ref, "/", 3)
	if len(parts) < 3 {
		return ""
	}
	return parts[2]
}

// inRepository makes a path relative to the repository's folder; empty: it lies
// elsewhere.
func (p *program) inRepository(file string) string {
	root, err := filepath.Abs(cmp.Or(p.Environ("GITHUB_WORKSPACE"), p.Environ("BUILD_SOURCESDIRECTORY"), p.Dir, "."))
	if err != nil {
		return ""
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(cmp.Or(p.Dir, "."), file)
	}
	if file, err = filepath.Abs(file); err != nil {
		return ""
	}
	relative, err := filepath.Rel(root, file)
	if err != nil || !filepath.IsLocal(relative) {
		return ""
	}
	return path.Clean(filepath.ToSlash(relative))
}

// placed gives a place to every finding: readers of SARIF show none without. It
// is where the settings would stand.
func placed(r report.Report) report.Report {
	if at := r.Places[""]; at.File != "" {
		return r
	}
	places := map[string]report.Place{"": {File: config.FileName, Line: 1}}
	for group, at := range r.Places {
		if at.File != "" {
			places[group] = at
		}
	}
	r.Places = places
	return r
}
