package graph

import (
	"maps"
	"net/http"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/scenario"
)

// findPrincipal looks a service principal up by object id or appId.
func (c *call) findPrincipal(at segment) (*directory.ServicePrincipal, error) {
	var found *directory.ServicePrincipal
	switch at.key {
	case "", "id":
		if !directory.IsGUID(at.text) {
			return nil, badRequest("Invalid object identifier '%s'.", at.text)
		}
		found = c.state.ServicePrincipals[strings.ToLower(at.text)]
	case "appId":
		found = c.state.PrincipalByAppID(at.text)
	default:
		return nil, syntaxError("Resource not found for the segment '%s'.", at.key)
	}
	if found == nil || !c.shows(found) {
		return nil, notFound(at.text)
	}
	return found, nil
}

// shows tells whether readers find a principal: it has replicated, and it is not
// the one of Azure API for DICOM in a tenant where no DICOM service was deployed.
func (c *call) shows(p *directory.ServicePrincipal) bool {
	hidden := p.AppID == entra.DICOMAppID && !p.Requested && c.Scenarios.On(scenario.DICOMPrincipalMissing)
	return !hidden && c.visible(p.VisibleFrom)
}

func (c *call) principal(permissions []string) (*directory.ServicePrincipal, error) {
	if err := c.mayTry(permissions); err != nil {
		return nil, err
	}
	p, err := c.findPrincipal(c.path[1])
	if err != nil {
		return nil, err
	}
	owners := p.Owners
	if c.request.Method == http.MethodGet { // an app may read itself (unverified), which takes no owner
		owners = append([]string{p.ID}, owners...)
	}
	return p, c.mayEach(permissions, owners)
}

func (c *call) principalDocument(p *directory.ServicePrincipal) (map[string]any, error) {
	doc, err := document(p)
	if err != nil {
		return nil, err
	}
	maps.Copy(doc, p.Other)
	doc["createdDateTime"] = stamp(p.CreatedDateTime)
	doc["deletedDateTime"] = nil
	if a := c.state.ApplicationByAppID(p.AppID); a != nil {
		urls := []any{}
		for _, list := range [][]string{a.Web.RedirectURIs, a.PublicClient.RedirectURIs, a.SPA.RedirectURIs} {
			for _, uri := range list {
				urls = append(urls, uri)
			}
		}
		doc["replyUrls"] = urls
	}
	principalKind().fill(doc)
	fillCredentials(doc)
	if p.AppID == entra.DICOMAppID && c.Scenarios.On(scenario.DICOMImpersonation) {
		impersonate(doc)
	}
	return doc, nil
}

// impersonationScope is the id of a scope that older articles name; its id in
// reality is not known, so this one is the sandbox's.
const impersonationScope = "5a4db0c5-0000-4000-8000-00000000d1c0"

// impersonate renames the delegated scope, as in older tenants.
// Source: azure-docs articles/healthcare-apis/register-application.md @02d00dc8.
func impersonate(doc map[string]any) {
	scopes, _ := doc["oauth2PermissionScopes"].([]any)
	for _, item := range scopes {
		if scope, ok := item.(map[string]any); ok {
			scope["value"], scope["id"] = "user_impersonation", impersonationScope
		}
	}
}

func (c *call) principalDocuments() ([]map[string]any, error) {
	if err := c.mayList(); err != nil {
		return nil, err
	}
	var out []map[string]any
	for _, p := range c.state.ServicePrincipals {
		if !c.shows(p) {
			continue
		}
		doc, err := c.principalDocument(p)
		if err != nil {
			return nil, err
		}
		out = append(out, doc)
	}
	return out, nil
}

func (c *call) listPrincipals() (answer, error) {
	docs, err := c.principalDocuments()
	if err != nil {
		return answer{}, err
	}
	return c.list(principalKind(), docs)
}

func (c *call) countPrincipals() (answer, error) {
	docs, err := c.principalDocuments()
	if err != nil {
		return answer{}, err
	}
	return c.count(principalKind(), docs)
}

func (c *call) getPrincipal() (answer, error) {
	p, err := c.principal(readsApplications())
	if err != nil {
		return answer{}, err
	}
	doc, err := c.principalDocument(p)
	if err != nil {
		return answer{}, err
	}
	return c.entity(http.StatusOK, principalKind(), doc)
}
