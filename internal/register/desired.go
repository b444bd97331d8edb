package register

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// tag marks an app as one of ours.
const tag = "hdstest"

// ours tells whether this program made the app.
func (a application) ours() bool {
	return slices.Contains(a.Tags, tag) || strings.HasPrefix(a.UniqueName, tag+"-")
}

// Change is one property of an application with what was taken away from it and
// what was put in; a single value has at most one of each.
type Change struct {
	Field   string   `json:"field"` // Graph's name: web.redirectUris, isFallbackPublicClient
	Removed []string `json:"removed,omitempty"`
	Added   []string `json:"added,omitempty"`
}

// The fields that a [Change] can name. Redirect URIs have a field per platform.
const (
	fieldPublic   = "isFallbackPublicClient"
	fieldAudience = "signInAudience"
	fieldVersion  = "api.requestedAccessTokenVersion"
	fieldAccess   = "requiredResourceAccess"
	fieldKeys     = "keyCredentials"
)

func redirectField(p Platform) string {
	return map[Platform]string{Web: "web.redirectUris", Public: "publicClient.redirectUris", SPA: "spa.redirectUris"}[p]
}

// changes compares an app with the wish. What is there beyond the wish stays:
// a person may have added it. Only a redirect URI that stands under another
// platform is moved, since it cannot stand under two.
func (s Spec) changes(have application, wanted []access) []Change {
	var out []Change
	if s.Public != nil && *s.Public != have.Public {
		out = append(out, Change{fieldPublic, []string{fmt.Sprint(have.Public)}, []string{fmt.Sprint(*s.Public)}})
	}
	if s.Audience != "" && s.Audience != have.Audience {
		out = append(out, Change{fieldAudience, []string{have.Audience}, []string{s.Audience}})
	}
	if personal(s.Audience) && have.TokenVersion != personalVersion {
		c := Change{Field: fieldVersion, Added: []string{fmt.Sprint(personalVersion)}}
		if have.TokenVersion != 0 {
			c.Removed = []string{fmt.Sprint(have.TokenVersion)}
		}
		out = append(out, c)
	}
	for _, p := range []Platform{Web, Public, SPA} {
		c := Change{Field: redirectField(p)}
		for _, r := range s.Redirects {
			if r.Platform == p && !slices.Contains(have.Redirects, r) && !slices.Contains(c.Added, r.URI) {
				c.Added = append(c.Added, r.URI)
			}
		}
		for _, r := range have.Redirects {
			if r.Platform == p && s.elsewhere(r) {
				c.Removed = append(c.Removed, r.URI)
			}
		}
		if c.Added != nil || c.Removed != nil {
			out = append(out, c)
		}
	}
	c := Change{Field: fieldAccess}
	for _, a := range wanted {
		if !slices.Contains(have.Access, a) {
			c.Added = append(c.Added, a.String())
		}
	}
	if c.Added != nil {
		out = append(out, c)
	}
	return out
}

// elsewhere tells whether the spec puts a URI under another platform.
func (s Spec) elsewhere(r Redirect) bool {
	return slices.ContainsFunc(s.Redirects, func(w Redirect) bool { return w.URI == r.URI && w.Platform != r.Platform }) &&
		!slices.Contains(s.Redirects, r)
}

// apply carries changes out on a copy of the app.
func (a application) apply(changes []Change) application {
	for _, c := range changes {
		switch c.Field {
		case fieldPublic:
			a.Public = last(c.Added) == "true"
		case fieldAudience:
			a.Audience = last(c.Added)
		case fieldVersion:
			a.TokenVersion, _ = strconv.Atoi(last(c.Added)) // nothing: as before it was set
		case fieldAccess:
			a.Access = edit(a.Access, c, access.String, parseAccess)
		default:
			for _, p := range []Platform{Web, Public, SPA} {
				if c.Field == redirectField(p) {
					a.Redirects = edit(a.Redirects, c, func(r Redirect) string {
						if r.Platform != p {
							return "" // not concerned
						}
						return r.URI
					}, func(uri string) Redirect { return Redirect{p, uri} })
				}
			}
		}
	}
	return a
}

// edit takes out the elements that a change removed and puts in those it added.
func edit[T any](list []T, c Change, key func(T) string, parse func(string) T) []T {
	var out []T
	for _, e := range list {
		if !slices.Contains(c.Removed, key(e)) {
			out = append(out, e)
		}
	}
	for _, a := range c.Added {
		if !slices.ContainsFunc(out, func(e T) bool { return key(e) == a }) {
			out = append(out, parse(a))
		}
	}
	return out
}

func last(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[len(s)-1]
}

func parseAccess(s string) access {
	parts := append(strings.SplitN(s, "/", 3), "", "")
	return access{parts[0], parts[2], parts[1]}
}

// body makes the PATCH that carries changes out: the changed properties only,
// each as a whole, since Graph replaces lists. a is the app after the changes.
func (a application) body(changes []Change) (*appObject, error) {
	m := &appObject{}
	for _, c := range changes {
		switch c.Field {
		case fieldPublic:
			m.isFallbackPublicClient = &a.Public
		case fieldAudience:
			m.signInAudience = &a.Audience
		case fieldVersion:
			m.api = a.version()
		case fieldAccess:
			list, err := requiredAccess(a.Access)
			if err != nil {
				return nil, err
			}
			m.requiredResourceAccess = list
		case fieldKeys:
			m.keyCredentials = a.Keys
		default:
			a.setRedirects(m, c.Field)
		}
	}
	return m, nil
}

// version makes api.requestedAccessTokenVersion; 0 goes out as null.
func (a application) version() models.ApiApplicationable {
	api := models.NewApiApplication()
	if v := int32(a.TokenVersion); v != 0 { // #nosec G115 -- 1 or 2
		api.SetRequestedAccessTokenVersion(&v)
	} else {
		api.SetAdditionalData(map[string]any{"requestedAccessTokenVersion": nil})
	}
	return api
}

// personalVersion is the one version of access tokens that apps for personal
// accounts may have. Source: ED:reference-app-manifest.md.
const personalVersion = 2

func (a application) setRedirects(m *appObject, field string) {
	uris := []string{} // an empty list is sent, nil is not
	for _, r := range a.Redirects {
		if redirectField(r.Platform) == field {
			uris = append(uris, r.URI)
		}
	}
	switch field {
	case redirectField(Web):
		w := models.NewWebApplication()
		w.SetRedirectUris(uris)
		m.web = w
	case redirectField(Public):
		p := models.NewPublicClientApplication()
		p.SetRedirectUris(uris)
		m.publicClient = p
	case redirectField(SPA):
		s := models.NewSpaApplication()
		s.SetRedirectUris(uris)
		m.spa = s
	}
}

// requiredAccess groups permissions by API, in the order of their first mention.
func requiredAccess(all []access) ([]models.RequiredResourceAccessable, error) {
	out := []models.RequiredResourceAccessable{}
	for _, a := range all {
		id, err := uuid.Parse(a.ID)
		if err != nil {
			return nil, fmt.Errorf("the permission %s of %s has no GUID: %w", a.ID, a.API, err)
		}
		p := models.NewResourceAccess()
		p.SetId(&id)
		p.SetTypeEscaped(&a.Type)
		i := slices.IndexFunc(out, func(r models.RequiredResourceAccessable) bool { return text(r.GetResourceAppId()) == a.API })
		if i < 0 {
			r := models.NewRequiredResourceAccess()
			r.SetResourceAppId(&a.API)
			out, i = append(out, r), len(out)
		}
		out[i].SetResourceAccess(append(out[i].GetResourceAccess(), p))
	}
	return out, nil
}
