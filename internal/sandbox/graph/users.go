package graph

import (
	"net/http"
	"strings"

	"hdstest/internal/sandbox/directory"
)

func userDocument(u *directory.User) (map[string]any, error) {
	doc, err := document(u)
	if err != nil {
		return nil, err
	}
	doc["userType"], doc["mail"] = "Member", nil
	userKind().fill(doc)
	return doc, nil
}

func (c *call) user(u *directory.User) (answer, error) {
	doc, err := userDocument(u)
	if err != nil {
		return answer{}, err
	}
	if len(c.query.selected) == 0 { // not among the properties shown unasked
		delete(doc, "accountEnabled")
		delete(doc, "userType")
	}
	return c.entity(http.StatusOK, userKind(), doc)
}

// getMe answers for the signed-in user; an app has none.
func (c *call) getMe() (answer, error) {
	if !c.caller.delegated {
		return answer{}, syntaxError("/me request is only valid with delegated authentication flow.")
	}
	if err := c.require(append([]string{"User.Read", "User.ReadWrite"}, readsUsers()...)); err != nil {
		return answer{}, err
	}
	u := c.state.Users[c.caller.ObjectID]
	if u == nil {
		return answer{}, notFound(c.caller.ObjectID)
	}
	return c.user(u)
}

func (c *call) listUsers() (answer, error) {
	if err := c.require(readsUsers()); err != nil {
		return answer{}, err
	}
	var docs []map[string]any
	for _, u := range c.state.Users {
		doc, err := userDocument(u)
		if err != nil {
			return answer{}, err
		}
		docs = append(docs, doc)
	}
	return c.list(userKind(), docs)
}

// getUser looks a user up by object id or user principal name.
func (c *call) getUser() (answer, error) {
	if err := c.require(readsUsers()); err != nil {
		return answer{}, err
	}
	at := c.path[1].text
	u := c.state.Users[strings.ToLower(at)]
	if u == nil {
		u = c.state.UserByName(at)
	}
	if u == nil {
		return answer{}, notFound(at)
	}
	return c.user(u)
}

// organizationKind describes the little that the sandbox shows of its tenant.
// Source: learn.microsoft.com/graph/api/resources/organization.
func organizationKind() *kind {
	return &kind{collection: "organization", typ: "organization", resource: "Organization", properties: []property{
		{name: "id", fixed: true}, {name: "displayName", fixed: true}, {name: "tenantType", fixed: true},
		{name: "verifiedDomains", shape: isObjects, fixed: true}, {name: "assignedPlans", shape: isObjects, fixed: true},
		{name: "technicalNotificationMails", shape: isTexts, fixed: true}, {name: "createdDateTime", fixed: true}}}
}

func (c *call) organization() map[string]any {
	doc := map[string]any{"id": c.state.Tenant.ID, "displayName": c.state.Tenant.DisplayName, "tenantType": "AAD",
		"verifiedDomains": []any{map[string]any{"name": c.state.Tenant.Domain, "isDefault": true, "isInitial": true,
			"type": "Managed", "capabilities": ""}}}
	organizationKind().fill(doc)
	return doc
}

func (c *call) listOrganization() (answer, error) {
	if err := c.require(readsOrganization()); err != nil {
		return answer{}, err
	}
	return c.list(organizationKind(), []map[string]any{c.organization()})
}

func (c *call) getOrganization() (answer, error) {
	if err := c.require(readsOrganization()); err != nil {
		return answer{}, err
	}
	if !strings.EqualFold(c.path[1].text, c.state.Tenant.ID) {
		return answer{}, notFound(c.path[1].text)
	}
	return c.entity(http.StatusOK, organizationKind(), c.organization())
}
