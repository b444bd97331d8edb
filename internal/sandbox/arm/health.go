package arm

import (
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/scenario"
)

// healthScope is the scope of the path, which for these resources is the
// subscription or the resource group.
func (c *call) healthScope() (string, error) { return c.resolve(c.target.scope) }

func (c *call) listWorkspaces() (answer, error) {
	scope, err := c.healthScope()
	if err != nil {
		return answer{}, err
	}
	if err := c.require(readWorkspace, scope); err != nil {
		return answer{}, err
	}
	return c.list([]any{c.workspaceDocument()})
}

func (c *call) getWorkspace() (answer, error) {
	id, err := c.workspace()
	if err != nil {
		return answer{}, err
	}
	if err := c.require(readWorkspace, id); err != nil {
		return answer{}, err
	}
	return ok(c.workspaceDocument())
}

// workspace is the id of the workspace in the path, if it is there.
func (c *call) workspace() (string, error) {
	return c.resolve(c.target.scope + "/providers/Microsoft.HealthcareApis/workspaces/" + c.target.names[0])
}

func (c *call) publicAccess() string {
	if c.Scenarios.On(scenario.PrivateLink) {
		return "Disabled"
	}
	return "Enabled"
}

func (c *call) workspaceDocument() map[string]any {
	sub := c.state.Subscription
	return map[string]any{"id": sub.WorkspaceID(), "name": sub.Workspace, "type": "Microsoft.HealthcareApis/workspaces",
		"location": location, "tags": map[string]any{}, "etag": `"sandbox"`,
		"properties": map[string]any{"provisioningState": "Succeeded", "publicNetworkAccess": c.publicAccess(),
			"privateEndpointConnections": []any{}}}
}

// kind is which services the path is about.
func (c *call) kind() (kind, action string) {
	if c.target.types[1] == "dicomservices" {
		return entra.DICOM, readDICOM
	}
	return entra.FHIR, readFHIR
}

func (c *call) listServices() (answer, error) {
	workspace, err := c.workspace()
	if err != nil {
		return answer{}, err
	}
	kind, action := c.kind()
	if err := c.require(action, workspace); err != nil {
		return answer{}, err
	}
	var items []any
	for _, h := range c.state.Services {
		if h.Kind == kind {
			items = append(items, c.serviceDocument(h))
		}
	}
	return c.list(items)
}

func (c *call) getService() (answer, error) {
	workspace, err := c.workspace()
	if err != nil {
		return answer{}, err
	}
	kind, action := c.kind()
	id := workspace + "/" + c.target.types[1] + "/" + c.target.names[1]
	if err := c.require(action, id); err != nil {
		return answer{}, err
	}
	for _, h := range c.state.Services {
		if h.Kind == kind && strings.EqualFold(h.Name, c.target.names[1]) {
			return ok(c.serviceDocument(h))
		}
	}
	return answer{}, c.resourceNotFound(id)
}

// serviceDocument shows a FHIR or DICOM service. A FHIR service has no property
// for its URL, only an audience; a DICOM service has its URL and two audiences.
// Source: github.com/Azure/azure-rest-api-specs specification/healthcareapis,
// stable/2024-03-31.
func (c *call) serviceDocument(h *directory.HealthService) map[string]any {
	doc := map[string]any{"id": h.ResourceID(c.state.Subscription), "name": h.Name, "location": location, "etag": `"sandbox"`,
		"tags": map[string]any{}}
	properties := map[string]any{"provisioningState": "Succeeded", "publicNetworkAccess": c.publicAccess(),
		"privateEndpointConnections": []any{}, "eventState": "Disabled",
		"corsConfiguration": map[string]any{"origins": []any{}, "headers": []any{}, "methods": []any{}, "allowCredentials": false}}
	doc["properties"] = properties
	if h.Kind == entra.DICOM {
		doc["type"] = "Microsoft.HealthcareApis/workspaces/dicomservices"
		properties["serviceUrl"] = h.URL
		properties["authenticationConfiguration"] = map[string]any{"authority": h.Authority, "audiences": h.Audiences}
		properties["enableDataPartitions"] = false
		return doc
	}
	doc["type"], doc["kind"] = "Microsoft.HealthcareApis/workspaces/fhirservices", "fhir-R4"
	authentication := map[string]any{"authority": h.Authority, "audience": first(h.Audiences), "smartProxyEnabled": false}
	if c.since("2023-12-01") {
		authentication["smartIdentityProviders"] = []any{}
	}
	properties["authenticationConfiguration"] = authentication
	properties["resourceVersionPolicyConfiguration"] = map[string]any{"default": "versioned", "resourceTypeOverrides": map[string]any{}}
	properties["exportConfiguration"] = map[string]any{"storageAccountName": nil}
	properties["importConfiguration"] = map[string]any{"enabled": false, "initialImportMode": false, "integrationDataStore": nil}
	properties["acrConfiguration"] = map[string]any{"loginServers": []any{}}
	return doc
}

func first(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}

// nothing is for types of which this subscription has none: IoT connectors, and
// Azure API for FHIR.
func (c *call) nothing() (string, error) {
	if c.target.types[0] == "services" {
		scope, err := c.healthScope()
		if err != nil {
			return "", err
		}
		return scope, c.require(readLegacy, scope)
	}
	workspace, err := c.workspace()
	if err != nil {
		return "", err
	}
	return workspace, c.require(readConnectors, workspace)
}

func (c *call) listNothing() (answer, error) {
	if _, err := c.nothing(); err != nil {
		return answer{}, err
	}
	return c.list(nil)
}

func (c *call) getNothing() (answer, error) {
	scope, err := c.nothing()
	if err != nil {
		return answer{}, err
	}
	return answer{}, c.resourceNotFound(scope + "/" + c.target.types[len(c.target.types)-1] + "/" + c.target.names[len(c.target.names)-1])
}
