package catalogue

import "hdstest/internal/entra"

// Articles and sources that several requests share.
const (
	sourcePostman    = "learn.microsoft.com/azure/healthcare-apis/fhir/use-postman"
	sourceSamples    = "github.com/Azure-Samples/azure-health-data-and-ai-samples samples/sample-postman-queries"
	sourceFHIRServer = "github.com/microsoft/fhir-server"
	sourceSearch     = "hl7.org/fhir/R4/search.html"
	sourceREST       = "hl7.org/fhir/R4/http.html"
)

// fhirReads lists the requests to FHIR that change nothing.
func fhirReads() []Request {
	return append(fhirOpen(), fhirSearches()...)
}

// fhirOpen lists the paths that the service answers without a token, and the
// one that it must not.
func fhirOpen() []Request {
	open := func(r Request) Request {
		r.Group, r.Service, r.Method, r.Auth, r.Effect = GroupFHIROpen, FHIR, "GET", Anonymous, EffectNone
		return r
	}
	return []Request{
		open(Request{ID: "fhir.health", Title: "Health check", Path: "/health/check", Headers: accept(typeJSON),
			Expect:                 Expect{Status: []int{200}, JSON: []JSONRule{equals("overallStatus", "Healthy")}},
			HealthDataServicesOnly: true,
			Source:                 sourcePostman + "; learn.microsoft.com/azure/healthcare-apis/fhir/fhir-faq"}),
		open(Request{ID: "fhir.metadata", Title: "Capability statement", Path: "/metadata", Headers: accept(typeFHIR),
			Expect: Expect{Status: []int{200}, JSON: []JSONRule{
				equals("resourceType", "CapabilityStatement"), exists("fhirVersion")}},
			Source: sourcePostman + "; hl7.org/fhir/R4/http.html#capabilities"}),
		open(Request{ID: "fhir.smart-configuration", Title: "SMART configuration",
			Path: "/.well-known/smart-configuration", Headers: accept(typeJSON),
			Expect: Expect{Status: []int{200}, JSON: []JSONRule{
				exists("authorization_endpoint"), exists("token_endpoint")}},
			HealthDataServicesOnly: true,
			Source:                 "hl7.org/fhir/smart-app-launch/conformance.html; " + sourceFHIRServer + " GetSmartConfigurationHandler.cs"}),
		open(Request{ID: "fhir.versions", Title: "FHIR versions", Path: "/$versions", Headers: accept(typeJSON),
			Expect:                 Expect{Status: []int{200}, JSON: []JSONRule{exists("versions[0]"), exists("default")}},
			HealthDataServicesOnly: true,
			Source:                 "hl7.org/fhir/R4/capabilitystatement-operation-versions.html; " + sourceFHIRServer + " GetOperationVersionsHandler.cs"}),
		open(Request{ID: "fhir.challenge", Title: "Patient without a token is refused", Path: "/Patient", Headers: accept(typeFHIR),
			Expect: Expect{Status: []int{401}, Headers: []HeaderRule{{Name: "WWW-Authenticate", Contains: "Bearer"}}},
			Source: "RFC 6750 section 3; " + sourceFHIRServer + " BasicAuthTests.cs"}),
	}
}

func fhirSearches() []Request {
	search := func(r Request) Request {
		r.Group, r.Service, r.Method, r.Auth, r.Effect = GroupFHIRRead, FHIR, "GET", Bearer, EffectNone
		r.Needs, r.Headers = []string{entra.ActionRead}, accept(typeFHIR)
		return r
	}
	return []Request{
		search(Request{ID: "fhir.patient.count", Title: "Count patients", Path: "/Patient",
			Query: []Pair{{"_summary", "count"}},
			Expect: Expect{Status: []int{200}, JSON: []JSONRule{
				equals("resourceType", "Bundle"), equals("type", "searchset"), exists("total")}},
			Source: sourceSearch + "#summary; github.com/microsoft/healthcare-apis-samples fhirdata.http"}),
		search(Request{ID: "fhir.patient.list", Title: "Search one patient", Path: "/Patient",
			Query: []Pair{{"_count", "1"}},
			Expect: Expect{Status: []int{200}, JSON: []JSONRule{
				equals("resourceType", "Bundle"), equals("type", "searchset")}},
			Source: sourcePostman + "; " + sourceSearch + "#count"}),
		search(Request{ID: "fhir.observation.list", Title: "Search one observation", Path: "/Observation",
			Query: []Pair{{"_count", "1"}},
			Expect: Expect{Status: []int{200}, JSON: []JSONRule{
				equals("resourceType", "Bundle"), equals("type", "searchset")}},
			Source: sourceSamples + "; github.com/microsoft/healthcare-apis-samples fhirdata.http"}),
	}
}
