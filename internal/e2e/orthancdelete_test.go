//go:build e2e

package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// withDelete puts a proxy before Orthanc that answers DELETE of a study, series
// or instance, which Debian's DICOMweb plug-in refuses (405, or 400 for the type in Accept), by Orthanc's own
// interface. All else is Orthanc's. It gives the proxy's address.
//
// Source: orthanc.uclouvain.be/book/users/rest.html (tools/find, DELETE).
func withDelete(t *testing.T, root string) string {
	t.Helper()
	return beforeOrthanc(t, root, func(own string, w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodDelete {
			return false
		}
		status, err := deleteInOrthanc(own, strings.Split(strings.Trim(r.URL.Path, "/"), "/")[1:])
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return true
		}
		w.WriteHeader(status)
		return true
	})
}

// beforeOrthanc puts a proxy before Orthanc that lets through what answer leaves to
// it; own is Orthanc's address. It gives the proxy's.
func beforeOrthanc(t *testing.T, root string, answer func(own string, w http.ResponseWriter, r *http.Request) bool) string {
	t.Helper()
	own, err := url.Parse(strings.TrimSuffix(root, "/dicom-web"))
	if err != nil {
		t.Fatal(err)
	}
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(own) }}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !answer(own.String(), w, r) {
			pass.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// deleteInOrthanc removes what the path names: studies, S, series, E, instances, I.
func deleteInOrthanc(base string, path []string) (status int, err error) {
	levels := map[string][2]string{"studies": {"Study", "StudyInstanceUID"}, "series": {"Series", "SeriesInstanceUID"},
		"instances": {"Instance", "SOPInstanceUID"}}
	query, level, list := map[string]string{}, "", ""
	for i := 0; i+1 < len(path); i += 2 {
		names, ok := levels[path[i]]
		if !ok {
			return http.StatusNotFound, nil
		}
		query[names[1]], level, list = path[i+1], names[0], path[i]
	}
	asked, err := json.Marshal(map[string]any{"Level": level, "Query": query})
	if err != nil {
		return 0, err
	}
	response, err := http.Post(base+"/tools/find", "application/json", bytes.NewReader(asked))
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	var ids []string
	if err := json.NewDecoder(response.Body).Decode(&ids); err != nil {
		return 0, fmt.Errorf("tools/find: %w", err)
	}
	if len(ids) == 0 {
		return http.StatusNotFound, nil
	}
	for _, id := range ids {
		request, err := http.NewRequest(http.MethodDelete, base+"/"+list+"/"+id, nil)
		if err != nil {
			return 0, err
		}
		deleted, err := http.DefaultClient.Do(request)
		if err != nil {
			return 0, err
		}
		_ = deleted.Body.Close()
	}
	return http.StatusNoContent, nil
}

// lateRefusal puts a proxy before Orthanc that answers removals of what Orthanc does
// not hold with 404, as a server with DELETE would, so that something is stored;
// what is there Orthanc itself then refuses to delete, with 400, or the proxy with a
// 404, as servers do that know no such way.
func lateRefusal(t *testing.T, root string, status int) string {
	t.Helper()
	return beforeOrthanc(t, root, func(own string, w http.ResponseWriter, r *http.Request) bool {
		web := strings.HasPrefix(r.URL.Path, "/dicom-web/")
		if r.Method != http.MethodDelete || !web || status != http.StatusNotFound && held(t, own, r.URL.Path) {
			return false
		}
		w.WriteHeader(http.StatusNotFound)
		return true
	}) + "/dicom-web"
}

// held asks Orthanc whether it can be read.
func held(t *testing.T, own, path string) bool {
	response, err := http.Get(own + path + "/metadata")
	if err != nil {
		t.Error(err)
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// TestOrthancRefusesInTheEnd has a DICOMweb server that looks as if it could delete,
// and cannot. What was stored there is listed, and the command that is told removes
// it, by Orthanc's own interface.
func TestOrthancRefusesInTheEnd(t *testing.T) {
	root, version := startOrthanc(t)
	requests, assertions := 0, 0
	for _, status := range []int{http.StatusBadRequest, http.StatusNotFound} {
		address := lateRefusal(t, root, status)
		p := alone(t).probe(t, "probe", "dicom", "--anonymous", "--dicom-url", address, "--write")
		sent, compared := p.compareLoosely(t, map[string]differs{
			"probe.dicom.store":    {status: "pass"},
			"probe.dicom.leftover": {"fail", "", fmt.Sprintf("what dicom.store created is still there: status %d", status)},
		})
		requests, assertions = requests+sent, assertions+compared+2
		_, command, ok := strings.Cut(p.Findings[slices.IndexFunc(p.Findings, func(f found) bool { return f.ID == "probe.dicom.leftover" })].Hint, "which of Orthanc is: ")
		if p.code != 1 || !ok {
			t.Fatalf("exit code %d\n%s", p.code, p.stdout)
		}
		if output, err := exec.CommandContext(t.Context(), "sh", "-c", command).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", command, err, output)
		}
		orthancIsEmpty(t, root)
	}
	record(t, used{"Orthanc (refuses in the end)", version, requests, assertions})
}
