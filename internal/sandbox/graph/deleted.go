package graph

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"hdstest/internal/sandbox/directory"
)

// binTime is how long the recycle bin keeps an object.
// Source: learn.microsoft.com/graph/api/resources/directory.
const binTime = 30 * 24 * time.Hour

// deleted finds what the path names in the recycle bin, if the caller may do
// this to it.
func (c *call) deleted(permissions []string) (*directory.DeletedItem, error) {
	if err := c.mayTry(permissions); err != nil {
		return nil, err
	}
	id := strings.ToLower(c.path[2].text)
	if !directory.IsGUID(id) {
		return nil, badRequest("Invalid object identifier '%s'.", id)
	}
	item := c.state.Deleted[id]
	if item == nil || c.now.Sub(item.Deleted) > binTime {
		return nil, notFound(id)
	}
	owners := []string{}
	if item.Application != nil {
		owners = item.Application.Owners
	} else if item.ServicePrincipal != nil {
		owners = item.ServicePrincipal.Owners
	}
	return item, c.mayEach(permissions, owners)
}

func (c *call) deletedDocument(item *directory.DeletedItem) (doc map[string]any, err error) {
	typ := "servicePrincipal"
	if item.Application != nil {
		typ = "application"
		doc, err = c.applicationDocument(item.Application)
	} else {
		doc, err = c.principalDocument(item.ServicePrincipal)
	}
	if err == nil {
		hideKeys(doc)["@odata.type"] = "#microsoft.graph." + typ
		doc["deletedDateTime"] = stamp(item.Deleted)
	}
	return doc, err
}

func (c *call) getDeleted() (answer, error) {
	item, err := c.deleted(readsApplications())
	if err != nil {
		return answer{}, err
	}
	doc, err := c.deletedDocument(item)
	if err != nil {
		return answer{}, err
	}
	return c.entity(http.StatusOK, objectKind(), doc)
}

func (c *call) listDeletedApplications() (answer, error) {
	return c.listDeleted(applicationKind(), func(i *directory.DeletedItem) bool { return i.Application != nil })
}

func (c *call) listDeletedPrincipals() (answer, error) {
	return c.listDeleted(principalKind(), func(i *directory.DeletedItem) bool { return i.ServicePrincipal != nil })
}

func (c *call) listDeleted(k *kind, of func(*directory.DeletedItem) bool) (answer, error) {
	if err := c.mayList(); err != nil {
		return answer{}, err
	}
	var docs []map[string]any
	for _, item := range c.state.Deleted {
		if !of(item) || c.now.Sub(item.Deleted) > binTime {
			continue
		}
		doc, err := c.deletedDocument(item)
		if err != nil {
			return answer{}, err
		}
		docs = append(docs, doc)
	}
	return c.list(k, docs)
}

// purge deletes for good.
// Source: learn.microsoft.com/graph/api/directory-deleteditems-delete.
func (c *call) purge() (answer, error) {
	item, err := c.deleted(writesApplications())
	if err != nil {
		return answer{}, err
	}
	delete(c.state.Deleted, item.ID)
	return done()
}

// restore brings an object back, unless another has taken one of its names
// meanwhile. The principal that went with an application comes back with it, as
// the admin center does; whether Graph alone does is unverified. What had been
// granted is not restored.
// Source: learn.microsoft.com/graph/api/directory-deleteditems-restore and
// learn.microsoft.com/entra/identity/enterprise-apps/delete-recover-faq.
func (c *call) restore() (answer, error) {
	item, err := c.deleted(writesApplications())
	if err != nil {
		return answer{}, err
	}
	if err := c.restorable(item); err != nil {
		return answer{}, err
	}
	doc, err := c.deletedDocument(item)
	if err != nil {
		return answer{}, err
	}
	doc["deletedDateTime"] = nil
	c.putBack(item)
	if item.Application != nil {
		for _, other := range c.state.Deleted {
			if p := other.ServicePrincipal; p != nil && p.AppID == item.Application.AppID && other.Deleted.Equal(item.Deleted) {
				c.putBack(other)
				break
			}
		}
	}
	return c.entity(http.StatusOK, objectKind(), doc)
}

func (c *call) putBack(item *directory.DeletedItem) {
	delete(c.state.Deleted, item.ID)
	if item.Application != nil {
		c.state.Applications[item.ID] = item.Application
		return
	}
	c.state.ServicePrincipals[item.ID] = item.ServicePrincipal
}

func (c *call) restorable(item *directory.DeletedItem) error {
	if p := item.ServicePrincipal; p != nil {
		if c.state.PrincipalByAppID(p.AppID) != nil {
			return conflict("servicePrincipalNames", "The service principal cannot be created, updated, or restored because the "+
				"service principal name %s is already in use.", p.AppID)
		}
		return nil
	}
	a := item.Application
	for _, other := range c.state.Applications {
		for _, uri := range a.IdentifierURIs {
			if slices.Contains(other.IdentifierURIs, uri) {
				return conflict("identifierUris", "%s", fmt.Sprintf(
					"Another object with the same value for property identifierUris already exists: %s", uri))
			}
		}
	}
	return nil // its unique name was kept for it, see inBin
}
