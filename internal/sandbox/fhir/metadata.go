package fhir

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// object keeps JSON short to write down; its members come in alphabetical order.
type object = map[string]any

// authority is the address of the tenant at the login service.
func (s *Service) authority() string {
	own, _ := s.gate.Service()
	return own.Authority
}

// capabilities are the SMART capability codes, in the server's order.
// Source: microsoft/fhir-server Security/Constants.cs.
func capabilities() []string {
	return []string{"authorize-post", "client-public", "client-confidential-symmetric", "client-confidential-asymmetric",
		"launch-standalone", "permission-patient", "permission-user", "permission-offline", "permission-v2", "sso-openid-connect"}
}

// metadata is the CapabilityStatement. Of each type it lists what the sandbox
// does, which is less than the real service says of itself.
// Source: microsoft/fhir-server Data/R4/BaseCapabilities.json, SecurityProvider.cs
// (there patchFormat has application/fhir+json too).
func (s *Service) metadata(in *request) (*response, *refusal) {
	var resources []object
	for _, typ := range resourceTypes() {
		if typ != "Parameters" {
			resources = append(resources, s.describe(typ))
		}
	}
	statement := object{
		"resourceType": "CapabilityStatement", "id": in.id, "url": s.base + "/metadata",
		"name": "Microsoft FHIR Server", "status": "active", "experimental": true, "publisher": "Microsoft",
		"date": time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Format("2006-01-02"), "kind": "capability",
		"software":       object{"name": "hdstest sandbox: a stand-in for the Azure FHIR service", "version": "1"},
		"implementation": object{"description": "hdstest sandbox, not the real service", "url": s.base},
		"fhirVersion":    "4.0.1", "format": []string{fhirJSON, "json"},
		"patchFormat": []string{"application/json-patch+json"},
		"rest": []object{{
			"mode": "server", "security": s.security(), "resource": resources,
			"interaction":   []object{{"code": "transaction"}, {"code": "batch"}, {"code": "history-system"}, {"code": "search-system"}},
			"searchParam":   []object{{"name": "_type", "type": "token"}},
			"operation":     []object{{"name": "export", "definition": s.base + "/OperationDefinition/export"}, {"name": "reindex", "definition": s.base + "/OperationDefinition/reindex"}},
			"documentation": "The hdstest sandbox holds made-up data on this machine only.",
		}},
	}
	return &response{status: http.StatusOK, body: encode(statement)}, nil
}

func (s *Service) security() object {
	var smart []object
	smart = append(smart, object{"url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris", "extension": []object{
		{"url": "token", "valueUri": s.authority() + "/oauth2/token"},
		{"url": "authorize", "valueUri": s.authority() + "/oauth2/authorize"}}})
	for _, code := range capabilities() {
		smart = append(smart, object{"url": "http://hl7.org/fhir/smart-app-launch/StructureDefinition/capabilities", "valueCode": code})
	}
	return object{"cors": false, "extension": smart, "service": []object{{"coding": []object{
		{"system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": "OAuth"}}}}}
}

func (s *Service) describe(typ string) object {
	var search []object
	for _, p := range s.store.parameters.of(typ) {
		if p.kind != "composite" && p.kind != "special" {
			search = append(search, object{"name": p.name, "type": string(p.kind)})
		}
	}
	slices.SortFunc(search, func(a, b object) int { return strings.Compare(a["name"].(string), b["name"].(string)) })
	var interactions []object
	for _, code := range []string{"create", "read", "vread", "update", "patch", "delete", "search-type", "history-type", "history-instance"} {
		interactions = append(interactions, object{"code": code})
	}
	return object{"type": typ, "interaction": interactions, "versioning": "versioned", "readHistory": true, "updateCreate": true,
		"conditionalCreate": true, "conditionalUpdate": true, "conditionalDelete": "multiple", "searchParam": search}
}

// smartConfiguration is the SMART document.
// Source: microsoft/fhir-server SmartConfigurationResult.cs; that the managed
// service has the newer fields is unverified.
func (s *Service) smartConfiguration(*request) (*response, *refusal) {
	return &response{status: http.StatusOK, plain: "application/json; charset=utf-8", body: encode(object{
		"issuer":                                s.authority() + "/",
		"jwks_uri":                              s.authority() + "/discovery/keys",
		"authorization_endpoint":                s.authority() + "/oauth2/authorize",
		"token_endpoint":                        s.authority() + "/oauth2/token",
		"capabilities":                          capabilities(),
		"scopes_supported":                      []string{"openid", "fhirUser", "launch", "launch/patient", "offline_access", "online_access"},
		"code_challenge_methods_supported":      []string{"S256"},
		"grant_types_supported":                 []string{"authorization_code", "client_credentials"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_jwt", "none"},
		"response_types_supported":              []string{"code"},
	})}, nil
}

// versions is $versions: major and minor only.
func (s *Service) versions(*request) (*response, *refusal) {
	return &response{status: http.StatusOK, plain: "application/json; charset=utf-8",
		body: encode(object{"versions": []string{"4.0"}, "default": "4.0"})}, nil
}

// health is /health/check.
// Source: microsoft/fhir-server FhirServerApplicationBuilderExtensions.cs.
func (s *Service) health(*request) (*response, *refusal) {
	return &response{status: http.StatusOK, plain: "application/json", body: encode(object{"overallStatus": "Healthy",
		"details": []object{{"name": "DataStoreHealthCheck", "status": "Healthy",
			"description": "Successfully connected to the data store.", "data": object{}}}})}, nil
}

// operationDefinition describes an operation, nil for one that there is not.
// Source: microsoft/fhir-server OperationDefinitionController.cs for the names;
// the parameters of the real definitions are not repeated.
func operationDefinition(name string) object {
	system, typ, instance := false, false, false
	var on []string
	code := name
	switch name {
	case "export", "reindex", "convert-data", "bulk-delete", "anonymized-export":
		system = true
	case "patient-export":
		typ, on, code = true, []string{"Patient"}, "export"
	case "group-export":
		instance, on, code = true, []string{"Group"}, "export"
	case "member-match":
		typ, on = true, []string{"Patient"}
	case "resource-reindex", "purge-history":
		instance, on = true, []string{"Resource"}
	default:
		return nil
	}
	d := object{"resourceType": "OperationDefinition", "id": name, "name": name, "status": "active", "kind": "operation",
		"code": strings.TrimPrefix(code, "resource-"), "system": system, "type": typ, "instance": instance}
	if on != nil {
		d["resource"] = on
	}
	return d
}

func (s *Service) operationDefinition(in *request) (*response, *refusal) {
	d := operationDefinition(in.path[1])
	d["url"] = s.base + "/OperationDefinition/" + in.path[1]
	return &response{status: http.StatusOK, body: encode(d)}, nil
}
