package graph

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"hdstest/internal/lazyregexp"
	"hdstest/internal/sandbox/directory"
)

// maxFederated is how many records an application may have.
// Source: entra-docs docs/workload-id/workload-identity-federation-considerations.md.
const maxFederated = 20

// federatedName is the form of a record's name: URL-safe, 3 to 120 characters.
var federatedName = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$`)

func (c *call) listFederated() (answer, error) {
	a, err := c.application(readsApplications())
	if err != nil {
		return answer{}, err
	}
	var docs []map[string]any
	for _, f := range a.Federated {
		doc, err := federatedDocument(f)
		if err != nil {
			return answer{}, err
		}
		docs = append(docs, doc)
	}
	return c.list(c.federated(a), docs)
}

func (c *call) federated(a *directory.Application) *kind {
	k := federatedKind()
	k.collection = "applications('" + a.ID + "')/federatedIdentityCredentials"
	return k
}

func federatedDocument(f *directory.FederatedCredential) (map[string]any, error) {
	doc, err := document(f)
	if err == nil {
		federatedKind().fill(doc)
	}
	return doc, err
}

// findFederated looks a record up by id or by name.
func (c *call) findFederated(permissions []string) (*directory.Application, int, error) {
	a, err := c.application(permissions)
	if err != nil {
		return nil, 0, err
	}
	at := c.path[3].text
	i := slices.IndexFunc(a.Federated, func(f *directory.FederatedCredential) bool { return f.ID == strings.ToLower(at) || f.Name == at })
	if i < 0 {
		return a, i, notFound(at)
	}
	return a, i, nil
}

func (c *call) getFederated() (answer, error) {
	a, i, err := c.findFederated(readsApplications())
	if err != nil {
		return answer{}, err
	}
	doc, err := federatedDocument(a.Federated[i])
	if err != nil {
		return answer{}, err
	}
	return c.entity(http.StatusOK, c.federated(a), doc)
}

func (c *call) createFederated() (answer, error) {
	a, err := c.application(writesApplications())
	if err != nil {
		return answer{}, err
	}
	return c.newFederated(a, "")
}

func (c *call) newFederated(a *directory.Application, name string) (answer, error) {
	f := &directory.FederatedCredential{ID: c.NewID(), Name: name}
	next, err := c.changedFederated(a, f)
	if err != nil {
		return answer{}, err
	}
	if len(a.Federated) >= maxFederated {
		return answer{}, quota("The application has %d federated identity credentials, which is its limit.", maxFederated) // unverified
	}
	a.Federated = append(slices.Clone(a.Federated), next)
	doc, err := federatedDocument(next)
	if err != nil {
		return answer{}, err
	}
	return c.entity(http.StatusCreated, c.federated(a), doc)
}

// patchFederated changes a record, or makes the one of a name when the header
// Prefer: create-if-missing asks for it.
// Source: learn.microsoft.com/graph/api/federatedidentitycredential-upsert.
func (c *call) patchFederated() (answer, error) {
	a, i, err := c.findFederated(writesApplications())
	if a != nil && i < 0 && c.prefers("create-if-missing") && c.path[3].key == "name" {
		return c.newFederated(a, c.path[3].text)
	}
	if err != nil {
		return answer{}, err
	}
	next, err := c.changedFederated(a, a.Federated[i])
	if err != nil {
		return answer{}, err
	}
	a.Federated = slices.Clone(a.Federated)
	a.Federated[i] = next
	return done()
}

func (c *call) deleteFederated() (answer, error) {
	a, i, err := c.findFederated(writesApplications())
	if err != nil {
		return answer{}, err
	}
	a.Federated = slices.Delete(slices.Clone(a.Federated), i, i+1)
	return done()
}

// changedFederated lays the body over a record and checks it. Issuer and subject
// are unique within an application; all three texts count to the letter.
// Source: learn.microsoft.com/graph/api/resources/federatedidentitycredential.
func (c *call) changedFederated(a *directory.Application, old *directory.FederatedCredential) (*directory.FederatedCredential, error) {
	if c.body == nil {
		return nil, unreadable()
	}
	if err := federatedKind().accept(c.body); err != nil {
		return nil, err
	}
	next := *old
	set := func(target *string, name string) {
		if s, ok := c.body[name].(string); ok {
			*target = s
		}
	}
	set(&next.Name, "name")
	set(&next.Issuer, "issuer")
	set(&next.Subject, "subject")
	if s, ok := c.body["description"].(string); ok {
		next.Description = &s
	}
	if list, ok := c.body["audiences"].([]any); ok {
		next.Audiences = nil
		for _, item := range list {
			s, _ := item.(string)
			next.Audiences = append(next.Audiences, s)
		}
	}
	return &next, checkFederated(a, old, &next)
}

func checkFederated(a *directory.Application, old, next *directory.FederatedCredential) error {
	const resource = "FederatedIdentityCredential"
	issuer, err := url.Parse(next.Issuer)
	switch {
	case old.Name != "" && next.Name != old.Name:
		return badRequest("Name is immutable and cannot be changed after creation.")
	case !federatedName.MatchString(next.Name):
		return invalidValue("name", resource, "A name has 3 to 120 letters, digits, hyphens and underscores.")
	case err != nil || issuer.Scheme != "https" || issuer.Host == "":
		return invalidValue("issuer", resource, "An issuer is an https URL.")
	case next.Subject == "":
		return invalidValue("subject", resource, "The subject is missing.")
	case len(next.Audiences) != 1 || next.Audiences[0] == "":
		return invalidValue("audiences", resource, "There is exactly one audience.")
	}
	for _, other := range a.Federated {
		if other.ID == next.ID {
			continue
		}
		if other.Name == next.Name {
			return conflict("name", "FederatedIdentityCredential with name %s already exists.", next.Name)
		}
		if other.Issuer == next.Issuer && other.Subject == next.Subject {
			return conflict("subject", "FederatedIdentityCredential with the same issuer and subject already exists.") // unverified
		}
	}
	return nil
}
