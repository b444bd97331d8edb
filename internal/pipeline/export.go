package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"hdstest/internal/check"
	"hdstest/internal/evidence"
	"hdstest/internal/export"
	"hdstest/internal/export/postman"
	"hdstest/internal/secret"
)

const exportID, exportTitle = "export.postman", "Write the requests as a Postman collection"

// exportCheck renders the Postman collection into a temporary folder, reads it
// back, looks for the client's secret in it, and removes the folder.
func exportCheck(p Profile, held secret.Value) Report {
	const id, title = exportID, exportTitle
	seen, err := exportPostman(p, held)
	if err != nil {
		return failure(id, "export", title, err, evidence.Bundle{})
	}
	return Report{Findings: []check.Finding{{ID: id, Group: "export", Title: title, Status: check.Pass,
		Expected: "files that can be read back and hold no secret", Seen: seen,
		Source: "schema.getpostman.com/json/collection/v2.1.0"}}}
}

func exportPostman(p Profile, held secret.Value) (seen string, err error) {
	files, err := postman.Render(export.Input{Name: "hdstest smoke", Vars: p.Vars(), RedirectPlatform: p.RedirectPlatform})
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "hdstest-export-")
	if err != nil {
		return "", fmt.Errorf("make a temporary folder in %s (TMPDIR): %w", os.TempDir(), err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := export.Write(dir, files); err != nil {
		return "", err
	}
	var names []string
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil {
			return "", fmt.Errorf("read the export back: %w", err)
		}
		if strings.HasSuffix(f.Name, ".json") && !json.Valid(data) {
			return "", fmt.Errorf("%s is no JSON", f.Name)
		}
		if !held.IsZero() && strings.Contains(string(data), held.Reveal()) {
			return "", fmt.Errorf("%s holds the client secret", f.Name)
		}
		names = append(names, f.Name)
	}
	return strings.Join(names, ", "), nil
}
