package dicom

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// health is /health/check, which needs no token and no version.
// Source: microsoft/dicom-server docs/resources/health-check-api.md.
func health(w http.ResponseWriter, r *http.Request) *refusal {
	if r.Method != http.MethodGet {
		no := refuse(http.StatusMethodNotAllowed, "")
		no.header = map[string]string{"Allow": http.MethodGet}
		return no
	}
	w.Header().Set("Content-Type", plainJSON)
	_, _ = io.WriteString(w, `{"overallStatus":"Healthy","details":[{"name":"DicomStore","status":"Healthy","description":"Successfully connected."}]}`)
	return nil
}

// described lists the paths of the OpenAPI document with their methods.
func described(version int) map[string]string {
	paths := map[string]string{
		"/studies": "get post put", "/series": "get", "/instances": "get",
		"/studies/{study}": "get post put delete", "/studies/{study}/metadata": "get", "/studies/{study}/series": "get",
		"/studies/{study}/instances":                                                    "get",
		"/studies/{study}/series/{series}":                                              "get delete",
		"/studies/{study}/series/{series}/metadata":                                     "get",
		"/studies/{study}/series/{series}/instances":                                    "get",
		"/studies/{study}/series/{series}/instances/{instance}":                         "get delete",
		"/studies/{study}/series/{series}/instances/{instance}/metadata":                "get",
		"/studies/{study}/series/{series}/instances/{instance}/rendered":                "get",
		"/studies/{study}/series/{series}/instances/{instance}/frames/{frame}":          "get",
		"/studies/{study}/series/{series}/instances/{instance}/frames/{frame}/rendered": "get",
		"/changefeed": "get", "/changefeed/latest": "get",
		"/extendedquerytags": "get post", "/extendedquerytags/{tagPath}": "get patch delete", "/extendedquerytags/{tagPath}/errors": "get",
		"/operations/{operationId}": "get",
		"/workitems":                "get post", "/workitems/{workitem}": "get post", "/workitems/{workitem}/state": "put", "/workitems/{workitem}/cancelrequest": "post",
	}
	if version == 1 {
		paths["/studies"], paths["/studies/{study}"] = "get post", "get post delete"
	}
	return paths
}

// document is the OpenAPI file of a version: what the sandbox has, without the
// schemas of the real one.
func (s *Service) document(r *request) *refusal {
	if r.Method != http.MethodGet {
		no := refuse(http.StatusMethodNotAllowed, "")
		no.header = map[string]string{"Allow": http.MethodGet}
		return no
	}
	paths := described(r.version)
	if r.path[0] == "api.json" {
		return s.documentJSON(r, paths)
	}
	var out strings.Builder
	out.WriteString("openapi: 3.0.1\ninfo:\n  title: 'hdstest sandbox: a stand-in for the Azure DICOM service'\n  version: " + strings.TrimPrefix(r.prefix, "/") + "\npaths:\n")
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		out.WriteString("  '" + r.prefix + path + "':\n")
		for method := range strings.FieldsSeq(paths[path]) {
			out.WriteString("    " + method + ":\n      responses:\n        default:\n          description: see the conformance statement\n")
		}
	}
	r.out.Header().Set("Content-Type", "text/yaml; charset=utf-8")
	_, _ = io.WriteString(r.out, out.String())
	return nil
}

func (s *Service) documentJSON(r *request, paths map[string]string) *refusal {
	all := map[string]any{}
	for path, list := range paths {
		methods := map[string]any{}
		for method := range strings.FieldsSeq(list) {
			methods[method] = map[string]any{"responses": map[string]any{"default": map[string]any{"description": "see the conformance statement"}}}
		}
		all[r.prefix+path] = methods
	}
	data, err := json.Marshal(map[string]any{"openapi": "3.0.1", "paths": all,
		"info": map[string]any{"title": "hdstest sandbox: a stand-in for the Azure DICOM service", "version": strings.TrimPrefix(r.prefix, "/")}})
	if err != nil {
		return failed(err)
	}
	r.out.Header().Set("Content-Type", plainJSON+"; charset=utf-8")
	_, _ = r.out.Write(data)
	return nil
}
