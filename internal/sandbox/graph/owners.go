package graph

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxOwners is how many owners an object may have.
// Source: entra-docs includes/entra-service-limits-include.md.
const maxOwners = 100

func (c *call) listApplicationOwners() (answer, error) {
	a, err := c.application(readsApplications())
	if err != nil {
		return answer{}, err
	}
	return c.listObjects(a.Owners)
}

func (c *call) listPrincipalOwners() (answer, error) {
	p, err := c.principal(readsApplications())
	if err != nil {
		return answer{}, err
	}
	return c.listObjects(p.Owners)
}

func (c *call) addApplicationOwner() (answer, error) {
	a, err := c.application(writesApplications())
	if err != nil {
		return answer{}, err
	}
	a.Owners, err = c.withOwner(a.Owners)
	return answer{status: http.StatusNoContent}, err
}

func (c *call) addPrincipalOwner() (answer, error) {
	p, err := c.principal(writesApplications())
	if err != nil {
		return answer{}, err
	}
	p.Owners, err = c.withOwner(p.Owners)
	return answer{status: http.StatusNoContent}, err
}

func (c *call) removeApplicationOwner() (answer, error) {
	a, err := c.application(writesApplications())
	if err != nil {
		return answer{}, err
	}
	a.Owners, err = withoutOwner(a.Owners, c.path[3].text)
	return answer{status: http.StatusNoContent}, err
}

func (c *call) removePrincipalOwner() (answer, error) {
	p, err := c.principal(writesApplications())
	if err != nil {
		return answer{}, err
	}
	p.Owners, err = withoutOwner(p.Owners, c.path[3].text)
	return answer{status: http.StatusNoContent}, err
}

// reference reads the id of the object that the body refers to.
// Source: OData 4.01 JSON format section 15.
func (c *call) reference() (string, error) {
	if err := c.onlyParameters("@odata.id"); err != nil {
		return "", err
	}
	reference, err := url.Parse(text(c.body, "@odata.id"))
	if err != nil || !strings.HasPrefix(reference.String(), c.URL+"/v1.0/") {
		return "", badRequest("Invalid URI specified in property '@odata.id'.") // text unverified
	}
	steps := strings.Split(strings.Trim(reference.Path, "/"), "/")
	return strings.ToLower(steps[len(steps)-1]), nil
}

// withOwner adds the object that the body refers to, or gives the list as it was
// and an error.
// Source: learn.microsoft.com/graph/api/application-post-owners.
func (c *call) withOwner(owners []string) ([]string, error) {
	id, err := c.reference()
	if err != nil {
		return owners, err
	}
	if c.state.Principal(id) == "" || !c.showsObject(id) {
		return owners, notFound(id)
	}
	if slices.Contains(owners, id) {
		return owners, badRequest("One or more added object references already exist for the following modified properties: 'owners'.")
	}
	if len(owners) >= maxOwners {
		return owners, quota("The object has %d owners, which is its limit.", maxOwners)
	}
	return append(slices.Clone(owners), id), nil
}

func withoutOwner(owners []string, id string) ([]string, error) {
	i := slices.Index(owners, strings.ToLower(id))
	if i < 0 {
		return owners, notFound(id)
	}
	return slices.Delete(slices.Clone(owners), i, i+1), nil
}

// listOwned lists what a service principal owns.
// Source: learn.microsoft.com/graph/api/serviceprincipal-list-ownedobjects.
func (c *call) listOwned() (answer, error) {
	p, err := c.principal(readsApplications())
	if err != nil {
		return answer{}, err
	}
	var ids []string
	for _, a := range c.state.Applications {
		if slices.Contains(a.Owners, p.ID) && c.visible(a.VisibleFrom) {
			ids = append(ids, a.ID)
		}
	}
	for _, s := range c.state.ServicePrincipals {
		if slices.Contains(s.Owners, p.ID) && c.shows(s) {
			ids = append(ids, s.ID)
		}
	}
	return c.listObjects(ids)
}
