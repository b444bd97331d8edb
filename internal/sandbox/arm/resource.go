package arm

import (
	"slices"
	"strings"

	"hdstest/internal/entra"
)

// resources lists what the caller can read in the subscription or the group,
// without their properties. Options such as $expand are passed over.
// Source: learn.microsoft.com/rest/api/resources/resources/list.
func (c *call) resources() (answer, error) {
	if _, err := c.resolve(c.target.scope); err != nil {
		return answer{}, err
	}
	f, err := parseFilter(c.options.Get("$filter"))
	if err != nil {
		return answer{}, err
	}
	if err := f.only("resourcetype", "resourcegroup", "name"); err != nil {
		return answer{}, err
	}
	documents := []map[string]any{c.workspaceDocument()}
	actions := []string{readWorkspace}
	for _, h := range c.state.Services {
		documents = append(documents, c.serviceDocument(h))
		action := readFHIR
		if h.Kind == entra.DICOM {
			action = readDICOM
		}
		actions = append(actions, action)
	}
	var items []any
	for i, doc := range documents {
		id, _ := doc["id"].(string)
		typ, _ := doc["type"].(string)
		name, _ := doc["name"].(string)
		if c.may(actions[i], id) && f.fits("resourcetype", typ) && f.fits("name", name) && f.fits("resourcegroup", c.state.Subscription.ResourceGroup) {
			delete(doc, "properties")
			delete(doc, "etag")
			items = append(items, doc)
		}
	}
	return c.list(items)
}

// provider shows a provider that the sandbox has, with its types and their
// api-versions, by which tools choose one.
// Source: learn.microsoft.com/rest/api/resources/providers/get.
func (c *call) provider() (answer, error) {
	scope, err := c.resolve(c.target.scope)
	if err != nil {
		return answer{}, err
	}
	if err := c.require(readProvider, scope); err != nil {
		return answer{}, err
	}
	name, types, versions := "Microsoft.HealthcareApis", []string{"workspaces", "workspaces/fhirservices", "workspaces/dicomservices",
		"workspaces/iotconnectors", "services"}, healthVersions()
	if c.target.provider == authorization {
		name, types, versions = "Microsoft.Authorization", []string{"roleAssignments", "roleDefinitions", "denyAssignments"},
			[]string{"2022-04-01", "2020-10-01-preview", "2020-04-01-preview", "2018-09-01-preview", "2015-07-01"}
	}
	slices.SortFunc(versions, func(a, b string) int { return strings.Compare(b, a) }) // the newest first: tools take the first
	var shown []any
	for _, typ := range types {
		shown = append(shown, map[string]any{"resourceType": typ, "locations": []string{location}, "apiVersions": versions,
			"capabilities": "None"})
	}
	return ok(map[string]any{"id": strings.TrimSuffix(scope, "/") + "/providers/" + name, "namespace": name,
		"registrationPolicy": "RegistrationRequired", "registrationState": "Registered", "resourceTypes": shown})
}
