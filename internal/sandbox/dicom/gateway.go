package dicom

import (
	"net/http"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/access"
)

// forward stands before a real DICOMweb server: token and roles are checked as
// ever, then the server answers, at its address without the version. Paths that
// the sandbox does not know go through as well, by the data action that their
// method suggests.
func (s *Service) forward(in *request, op operation, known bool) *refusal {
	needs := op.needs
	if !known {
		needs = []string{map[string]string{http.MethodGet: entra.ActionRead, http.MethodHead: entra.ActionRead,
			http.MethodOptions: entra.ActionRead, http.MethodDelete: entra.ActionDelete}[in.Method]}
		if needs[0] == "" {
			needs[0] = entra.ActionWrite
		}
	}
	if !in.caller.Holds(needs...) {
		return forbidden()
	}
	access.Upstream{Target: s.deps.Upstream, Own: s.base, Transport: s.deps.UpstreamTransport}.Handler(in.prefix).ServeHTTP(in.out, in.Request)
	return nil
}
