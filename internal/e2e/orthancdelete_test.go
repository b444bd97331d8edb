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
	"strings"
	"testing"
)

// withDelete puts a proxy before Orthanc that answers DELETE of a study, series
// or instance, which Debian's DICOMweb plug-in refuses with 405, by Orthanc's own
// interface. All else is Orthanc's. It gives the proxy's address.
//
// Source: orthanc.uclouvain.be/book/users/rest.html (tools/find, DELETE).
func withDelete(t *testing.T, root string) string {
	t.Helper()
	own, err := url.Parse(strings.TrimSuffix(root, "/dicom-web"))
	if err != nil {
		t.Fatal(err)
	}
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(own) }}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodDelete {
			pass.ServeHTTP(w, r)
			return
		}
		status, err := deleteInOrthanc(own.String(), strings.Split(strings.Trim(r.URL.Path, "/"), "/")[1:])
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.WriteHeader(status)
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
