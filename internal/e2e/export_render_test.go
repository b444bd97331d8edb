//go:build e2e

package e2e_test

import (
	"path/filepath"
	"slices"
	"testing"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
	"hdstest/internal/export/bruno"
	"hdstest/internal/export/curl"
	"hdstest/internal/export/httpfile"
	"hdstest/internal/export/k6"
	"hdstest/internal/export/postman"
)

// rendered writes an export that the command cannot be asked for: of other
// requests, or with other values. Its name is that which the tools are run with.
func rendered(t *testing.T, format []string, in export.Input) string {
	t.Helper()
	in.Name = "hdstest e2e"
	dialect := ""
	if len(format) > 1 {
		dialect = format[len(format)-1]
	}
	var files []export.File
	var err error
	switch format[0] {
	case "http":
		if dialect == "" {
			dialect = httpfile.HTTPYac
		}
		files, err = httpfile.Render(in, dialect)
	case "bruno":
		files, err = bruno.Render(in, dialect)
	case "curl":
		files, err = curl.Render(in, dialect)
	case "k6":
		files, err = k6.Render(in)
	case "postman":
		files, err = postman.Render(in)
	default:
		t.Fatalf("no format %v", format)
	}
	dir := filepath.Join(t.TempDir(), "export")
	if err == nil {
		err = export.Write(dir, files)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// input is what an export of the running sandbox has.
func (s sandbox) input() export.Input {
	return export.Input{Vars: catalogue.Vars{catalogue.VarTenantID: s.TenantID, catalogue.VarClientID: s.ClientID,
		catalogue.VarAuthority: s.LoginURL, catalogue.VarFHIRURL: s.FHIRURL, catalogue.VarDICOMURL: s.DICOMURL + "/v2"}}
}

// TestExportsOnOrthanc runs the DICOM requests of the exports that send multipart
// against a server that others wrote, behind the sandbox's gate. Left out is what
// only Azure's service knows, and what Orthanc's plug-in does not do: it answers
// an instance in the multipart form only, and it deletes nothing.
//
// Source: orthanc.uclouvain.be/book/plugins/dicomweb.html; its answers to both.
func TestExportsOnOrthanc(t *testing.T) {
	root, _ := startOrthanc(t)
	s := startSandbox(t, "--dicom-upstream", root)
	left := map[string]bool{}
	in := s.input()
	in.Services = []string{catalogue.DICOM}
	in.Requests = slices.DeleteFunc(catalogue.For(catalogue.DICOM), func(r catalogue.Request) bool {
		left[r.ID] = r.HealthDataServicesOnly || r.ID == "dicom.instance.retrieve" || r.Effect == catalogue.EffectDeletes ||
			slices.ContainsFunc(r.After, func(id string) bool { return left[id] })
		return left[r.ID]
	})
	if len(in.Requests) < 9 {
		t.Fatalf("only %d requests are left", len(in.Requests))
	}
	for _, tool := range exportTools() {
		if tool.export[0] == "bruno" || tool.export[0] == "postman" {
			continue // they send the single-part form, which is Azure's own
		}
		t.Run(tool.client, func(t *testing.T) {
			dir, before := rendered(t, tool.export, in), s.requests(t, tool.agent)
			r, n := tool.run(t, s, dir, exportRun{secret: s.ClientSecret, writes: true})
			if r.code != 0 || n < 15 {
				t.Errorf("exit code %d, %d assertions\n%s%s", r.code, n, r.stdout, r.stderr)
			}
			record(t, used{tool.client + ", Orthanc", tool.version(t), s.requests(t, tool.agent) - before, n})
		})
	}
}
