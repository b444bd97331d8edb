package audit

import (
	"slices"
	"strings"

	"hdstest/internal/config"
	"hdstest/internal/entra"
)

// app judges tenant and ids.
func (a *auditor) app() {
	a.tenant()
	a.client()
	a.objects()
	a.cloud()
}

func (a *auditor) tenant() {
	s := seen{id: "config.tenant_id", group: groupApp, title: "Tenant (tenant_id)", expected: "the tenant's id or domain", seen: a.s.TenantID + a.where(config.TenantID)}
	switch {
	case a.s.TenantID == "":
		s.seen = "none"
		a.absent(s, config.TenantID)
	case slices.Contains([]string{"common", "organizations", "consumers"}, strings.ToLower(a.s.TenantID)):
		s.cause, s.source = "tenant.missing", "AADSTS50194, AADSTS90002"
		a.fail(s)
	default:
		a.pass(s)
	}
}

// absent fails for a value that is missing, unless the credential brings its own.
func (a *auditor) absent(s seen, key string) {
	if a.s.Credential.HandsOut() {
		s.seen = "none; the credential " + a.s.Credential.Kind + " needs none"
		a.skip(s)
		return
	}
	s.cause, s.hint = "local.config", a.s.Require(key).Error()
	a.fail(s)
}

func (a *auditor) client() {
	id := a.s.ClientID
	s := seen{id: "config.client_id", group: groupApp, title: "App (client_id)", expected: "the application (client) id of your own app", seen: id + a.where(config.ClientID)}
	switch {
	case id == "":
		s.seen = "none"
		a.absent(s, config.ClientID)
	case strings.EqualFold(id, a.s.TenantID):
		s.seen += ", which is the tenant's id"
		s.cause = "app.not_found"
		a.fail(s)
	case strings.EqualFold(id, a.s.AppObjectID), strings.EqualFold(id, a.s.PrincipalObjectID):
		s.seen += ", which is an object id"
		s.cause = "app.object_id_used"
		a.fail(s)
	case strings.EqualFold(id, entra.FHIRAppID), strings.EqualFold(id, entra.DICOMAppID):
		s.seen += ", which is the id of the API"
		s.cause = "app.microsoft_client"
		a.fail(s)
	default:
		a.pass(s)
	}
}

// objects judges the two object ids that register saves; roles are given to the
// service principal's.
func (a *auditor) objects() {
	app, principal := a.s.AppObjectID, a.s.PrincipalObjectID
	s := seen{id: "config.object_ids", group: groupApp, title: "Object ids of app and service principal", expected: "two different ids"}
	if app == "" && principal == "" {
		return
	}
	if s.seen = app + " and " + principal; app != "" && strings.EqualFold(app, principal) {
		s.cause = "role.app_object_id"
		s.hint = "az ad sp show --id " + a.s.ClientID + " --query id gives the service principal's; or let register write both"
		a.fail(s)
		return
	}
	a.pass(s)
}

// cloud compares the authority's cloud with that of the services.
func (a *auditor) cloud() {
	s := seen{id: "config.cloud", group: groupApp, title: "Authority and services are of one cloud", seen: a.s.Authority + a.where(config.Authority)}
	if a.s.CustomAuthority {
		s.seen += ", none of Microsoft's"
		a.pass(s)
		return
	}
	suffix := a.s.Cloud.HealthSuffix
	s.expected = "services below " + suffix
	for _, address := range []string{a.s.FHIR.URL, a.s.DICOM.URL} {
		host := hostOf(address)
		for _, c := range entra.Clouds() {
			if c.HealthSuffix != "" && c.Name != a.s.Cloud.Name && strings.HasSuffix(host, "."+c.HealthSuffix) {
				s.seen += ", but " + address
				s.cause = "cloud.wrong"
				a.fail(s)
				return
			}
		}
	}
	a.pass(s)
}
