package probe

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
)

// metadataID is the request for the capability statement.
const metadataID = "fhir.metadata"

// identify sends the one request, open to all, that tells what the server is:
// the capability statement of FHIR, the challenge of DICOM. If that gets no
// connection, nothing else will. It is sent also when it was not chosen; then it
// has no outcome.
func (r *runner) identify(ctx context.Context) {
	id := metadataID
	if r.target.Service == catalogue.DICOM {
		id = "dicom.challenge"
	}
	if i := slices.IndexFunc(r.outcomes, func(o Outcome) bool { return o.Request.ID == id }); i >= 0 {
		r.run(ctx, &r.outcomes[i])
		return
	}
	if request, ok := catalogue.ByID(id); ok && len(r.outcomes) > 0 && ctx.Err() == nil {
		r.exchange(ctx, &Outcome{Request: request, Evidence: r.bundle(request)})
	}
}

// isAHDS tells whether a server is Azure Health Data Services by its own words:
// the publisher of the capability statement, or the audience that all DICOM
// services of Azure share. Another server could say the same.
func isAHDS(service string, c evidence.ServiceConfig) bool {
	if service == catalogue.DICOM {
		return strings.TrimSuffix(c.Audience, "/") == entra.DICOMResource
	}
	return strings.EqualFold(strings.TrimSpace(c.Publisher), "Microsoft")
}

// learnChallenge takes tenant and audience from the challenge of a 401. Both are
// shown and compared; a credential is never sent there.
//
// Source: github.com/microsoft/fhir-server Startup.cs, dicom-server SecurityModule.cs.
func (r *runner) learnChallenge(header string) {
	bearer, ok := evidence.Bearer(header)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if audience := bearer.Params["resource_id"]; audience != "" {
		r.config.Audience = audience
	}
	if authority := bearer.Params["authorization_uri"]; authority != "" {
		r.config.Authority, r.config.TenantID = authority, tenantOf(authority)
	}
}

// learnStatement takes publisher and authority from a capability statement.
//
// Source: hl7.org/fhir/smart-app-launch, extension oauth-uris.
func (r *runner) learnStatement(s *statement, c *evidence.Capability) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.config.Publisher = text(s.Others, "publisher")
	if r.config.Authority == "" && c != nil && c.Token != "" {
		r.config.TenantID = tenantOf(c.Token)
		r.config.Authority = catalogue.RootOf(c.Token) + "/" + r.config.TenantID
	}
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

// tenantOf is the first part of an authority's path.
func tenantOf(authority string) string {
	u, err := url.Parse(authority)
	if err != nil {
		return ""
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return tenant
}
