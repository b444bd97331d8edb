package audit

import (
	"net/url"
	"strings"

	"hdstest/internal/config"
	"hdstest/internal/entra"
)

// Sources of the rules about services.
const (
	docService = "learn.microsoft.com/azure/healthcare-apis/get-access-token"
	docRetired = "learn.microsoft.com/azure/healthcare-apis/azure-api-for-fhir/overview"
)

// services judges addresses, audiences and scopes.
func (a *auditor) services() {
	if a.s.FHIR.URL == "" && a.s.DICOM.URL == "" {
		a.fail(seen{id: "config.services", group: groupServices, title: "A service to talk to", expected: "the address of a FHIR or DICOM service",
			seen: "none", cause: "local.config", hint: "hdstest init URL, or write fhir.url or dicom.url into the profile"})
		return
	}
	if a.s.FHIR.URL != "" {
		a.address(entra.FHIR, "FHIR", config.FHIRURL, a.s.FHIR.URL)
		a.fhirAudience()
		a.scope("FHIR", config.FHIRScope, a.s.FHIR)
	}
	if a.s.DICOM.URL != "" {
		a.address(entra.DICOM, "DICOM", config.DICOMURL, a.s.DICOM.URL)
		a.dicomAudience()
		a.scope("DICOM", config.DICOMScope, a.s.DICOM)
	}
}

func (a *auditor) address(kind, title, key, address string) {
	host := hostOf(address)
	s := seen{id: "config." + kind + ".url", group: groupServices, title: title + " address", seen: address + a.where(key), source: docService,
		expected: "https://workspace-service." + kind + "." + azureSuffix(host)}
	other := map[string]string{entra.FHIR: entra.DICOM, entra.DICOM: entra.FHIR}[kind]
	u, _ := url.Parse(address)
	switch {
	case entra.IsRetiredFHIRHost(host):
		s.seen, s.cause, s.source = s.seen+": "+entra.RetiredFHIR, "service.retired", docRetired
		a.fail(s)
	case strings.Contains(host, "."+other+"."):
		s.seen += ", which is that of the other service"
		s.cause = "service.not_" + kind
		a.fail(s)
	case strings.Contains(host, ".azurehealthcareapis.") && !strings.Contains(host, "."+kind+"."):
		s.cause = "service.not_" + kind
		a.fail(s)
	case kind == entra.FHIR && u != nil && strings.Trim(u.Path, "/") != "" && strings.Contains(host, "."+kind+"."):
		s.seen += ", with a path"
		s.cause = "service.path_doubled"
		a.fail(s)
	default:
		a.pass(s)
	}
}

// azureSuffix is the health suffix of a host's cloud, the public one's elsewhere.
func azureSuffix(host string) string {
	for _, c := range entra.Clouds() {
		if c.HealthSuffix != "" && strings.HasSuffix(host, c.HealthSuffix) {
			return c.HealthSuffix
		}
	}
	return entra.Clouds()[0].HealthSuffix
}

// fhirAudience: the service compares letter by letter, by default with its address.
func (a *auditor) fhirAudience() {
	s := seen{id: "config.fhir.audience", group: groupServices, title: "FHIR audience", expected: a.s.FHIR.URL,
		seen: a.s.FHIR.Audience + a.where(config.FHIRAudience), source: docService}
	switch {
	case strings.HasSuffix(a.s.FHIR.Audience, "/"):
		s.cause, s.hint = "audience.slash", "leave out the final slash of fhir.audience, or the key"
		a.fail(s)
	case a.s.FHIR.Audience == entra.FHIRLegacyResource:
		s.cause = "audience.legacy"
		a.fail(s)
	case a.s.FHIR.Audience == entra.DICOMResource:
		s.cause = "audience.dicom_for_fhir"
		a.fail(s)
	case a.s.FHIR.Audience != a.s.FHIR.URL:
		s.cause, s.hint = "audience.wrong", "keep it only if the service's own settings name this audience (authenticationConfiguration.audience)"
		a.warn(s)
	default:
		a.pass(s)
	}
}

// dicomAudience: all DICOM services have the same one.
func (a *auditor) dicomAudience() {
	s := seen{id: "config.dicom.audience", group: groupServices, title: "DICOM audience", expected: entra.DICOMResource,
		seen: a.s.DICOM.Audience + a.where(config.DICOMAudience), source: docService}
	switch {
	case a.s.DICOM.Audience == entra.DICOMResource+"/":
		s.cause, s.hint = "audience.slash", "leave out the final slash of dicom.audience, or the key"
		a.fail(s)
	case a.s.DICOM.Audience != entra.DICOMResource && strings.Contains(hostOf(a.s.DICOM.URL), ".azurehealthcareapis."):
		s.cause = "audience.fhir_for_dicom"
		a.fail(s)
	case a.s.DICOM.Audience != entra.DICOMResource:
		s.cause, s.hint = "audience.wrong", "keep it only if the server is not of Azure Health Data Services"
		a.warn(s)
	default:
		a.pass(s)
	}
}

// scope judges a scope that was written; that of the audience cannot be wrong.
func (a *auditor) scope(title, key string, service config.Service) {
	text, ok := a.written(key)
	if !ok {
		return
	}
	s := seen{id: "config." + key, group: groupServices, title: title + " scope", expected: service.Audience + entra.DefaultScope, seen: text + a.where(key), source: docService}
	switch {
	case strings.HasSuffix(text, "/"+entra.DefaultScope) && !strings.HasSuffix(service.Audience, "/"):
		s.cause = "audience.slash"
		a.fail(s)
	case !strings.HasPrefix(text, service.Audience+"/"):
		s.cause, s.hint = "audience.wrong", "ask for a scope of "+service.Audience+", or leave the key out"
		a.warn(s)
	case !strings.HasSuffix(text, entra.DefaultScope):
		s.cause, s.hint = "request.not_default", "client_credentials takes "+entra.DefaultScope+" only; keep another scope for sign-ins of people"
		a.warn(s)
	default:
		a.pass(s)
	}
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
