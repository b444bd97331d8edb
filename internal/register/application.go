package register

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	kiota "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/applicationswithappid"
	"github.com/microsoftgraph/msgraph-sdk-go/applicationswithuniquename"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// application is what we read of an app registration. Source: GD:resources/application.md.
type application struct {
	ID, AppID, Name, UniqueName, Audience string
	Public                                bool
	TokenVersion                          int // api.requestedAccessTokenVersion; 0: not set
	Tags                                  []string
	Redirects                             []Redirect
	Access                                []access
	Secrets                               []password
	Keys                                  []models.KeyCredentialable
}

// access is one entry of requiredResourceAccess: a permission that the app says
// it needs. Ids are in lower case.
type access struct{ API, ID, Type string }

func (a access) String() string { return a.API + "/" + a.Type + "/" + a.ID }

// password is a client secret as Graph lists it: without its value.
type password struct {
	KeyID, Name string
	Ends        time.Time
}

// fields are read by name: key of keyCredentials comes only so, and only for a
// single object. Source: GD:resources/keycredential.md.
func fields() []string {
	return []string{"id", "appId", "displayName", "uniqueName", "signInAudience", "isFallbackPublicClient", "tags", "web",
		"publicClient", "spa", "requiredResourceAccess", "passwordCredentials", "keyCredentials", "api"}
}

// session is the connections in use by one run.
type session struct{ Clients }

// with has a run's progress told to the person, if there is any.
func (c Clients) with(p Progress) session {
	if p.Notify != nil {
		c.notify = p.Notify
	}
	return session{c}
}

func (s session) apps() *applications.ApplicationsRequestBuilder {
	return applications.NewApplicationsRequestBuilderInternal(map[string]string{}, s.graph)
}

func (s session) graphCall(ctx context.Context, what call, do func(context.Context) error) error {
	return s.ask(ctx, what, do)
}

// appByID, appByAppID and appByUniqueName give nil where there is none.
func (s session) appByID(ctx context.Context, id string) (*application, error) {
	return s.oneApp(ctx, "application "+id, func(ctx context.Context) (*appObject, error) {
		r, err := s.apps().ByApplicationId(id).ToGetRequestInformation(ctx, &applications.ApplicationItemRequestBuilderGetRequestConfiguration{
			QueryParameters: &applications.ApplicationItemRequestBuilderGetQueryParameters{Select: fields()}})
		return fetch[appObject](ctx, s, r, err)
	})
}

func (s session) appByAppID(ctx context.Context, appID string) (*application, error) {
	return s.oneApp(ctx, "application with the client id "+appID, func(ctx context.Context) (*appObject, error) {
		b := applicationswithappid.NewApplicationsWithAppIdRequestBuilderInternal(map[string]string{}, s.graph, &appID)
		r, err := b.ToGetRequestInformation(ctx, &applicationswithappid.ApplicationsWithAppIdRequestBuilderGetRequestConfiguration{
			QueryParameters: &applicationswithappid.ApplicationsWithAppIdRequestBuilderGetQueryParameters{Select: fields()}})
		return fetch[appObject](ctx, s, r, err)
	})
}

func (s session) appByUniqueName(ctx context.Context, name string) (*application, error) {
	return s.oneApp(ctx, "application with the unique name "+name, func(ctx context.Context) (*appObject, error) {
		b := applicationswithuniquename.NewApplicationsWithUniqueNameRequestBuilderInternal(map[string]string{}, s.graph, &name)
		r, err := b.ToGetRequestInformation(ctx, &applicationswithuniquename.ApplicationsWithUniqueNameRequestBuilderGetRequestConfiguration{
			QueryParameters: &applicationswithuniquename.ApplicationsWithUniqueNameRequestBuilderGetQueryParameters{Select: fields()}})
		return fetch[appObject](ctx, s, r, err)
	})
}

func (s session) oneApp(ctx context.Context, what string, get func(context.Context) (*appObject, error)) (*application, error) {
	var found *application
	err := s.graphCall(ctx, call{"read the " + what, needRead}, func(ctx context.Context) error {
		app, err := get(ctx)
		if err == nil && app != nil {
			found = readApplication(app)
		}
		return err
	})
	if absent(err) {
		return nil, nil
	}
	if err == nil && (found == nil || found.ID == "" || found.AppID == "") {
		return nil, fmt.Errorf("could not read the %s: the answer has no id and appId", what)
	}
	return found, err
}

// appsByName lists the apps of a display name, which is not unique.
func (s session) appsByName(ctx context.Context, name string) ([]application, error) {
	filter := "displayName eq '" + strings.ReplaceAll(name, "'", "''") + "'"
	var out []application
	err := s.graphCall(ctx, call{"look for apps of the name " + name, needRead}, func(ctx context.Context) error {
		builder, config := s.apps(), &applications.ApplicationsRequestBuilderGetRequestConfiguration{
			QueryParameters: &applications.ApplicationsRequestBuilderGetQueryParameters{Filter: &filter,
				Select: []string{"id", "appId", "displayName", "uniqueName", "tags"}}}
		for {
			r, err := builder.ToGetRequestInformation(ctx, config)
			page, err := fetch[appPage](ctx, s, r, err)
			if err != nil || page == nil {
				return err
			}
			for _, a := range page.value {
				out = append(out, *readApplication(a))
			}
			next := text(page.next)
			if next == "" {
				return nil
			}
			builder, config = builder.WithUrl(next), nil
		}
	})
	return out, err
}

// createApp creates the application of a unique name, by the one documented way
// to give such a name: an upsert. nil without an error says that it was there
// and was changed. Source: GD:api/application-upsert.md; the property itself is
// called read-only elsewhere.
func (s session) createApp(ctx context.Context, unique string, body *appObject) (*application, error) {
	var made *application
	err := s.graphCall(ctx, call{"create the application", needApps}, func(ctx context.Context) error {
		b := applicationswithuniquename.NewApplicationsWithUniqueNameRequestBuilderInternal(map[string]string{}, s.graph, &unique)
		r, err := carrying(ctx, s, kiota.PATCH, b.BaseRequestBuilder, body)
		r.Headers.Add("Prefer", "create-if-missing")
		app, err := fetch[appObject](ctx, s, r, err)
		if err == nil && app != nil {
			made = readApplication(app)
		}
		return err
	})
	if err == nil && made != nil && (made.ID == "" || made.AppID == "") {
		return nil, fmt.Errorf("could not create the application: the answer has no id and appId")
	}
	return made, err
}

// nameTaken tells whether a unique name is held by an app that cannot be seen:
// a deleted one keeps it for as long as it is in the recycle bin.
// Source: GH:microsoftgraph/msgraph-bicep-types#137.
func nameTaken(err error) bool {
	a := answered(err)
	return a.Status == http.StatusConflict || a.Status == http.StatusBadRequest && mentions(a.Message, "same value for property uniqueName")
}

func (s session) patchApp(ctx context.Context, id string, body *appObject) error {
	return s.graphCall(ctx, call{"change the application", needApps}, func(ctx context.Context) error {
		r, err := carrying(ctx, s, kiota.PATCH, s.apps().ByApplicationId(id).BaseRequestBuilder, body)
		_, err = fetch[appObject](ctx, s, r, err)
		return err
	})
}

func (s session) deleteApp(ctx context.Context, id string) error {
	return s.graphCall(ctx, call{"delete the application " + id, needApps}, func(ctx context.Context) error {
		return s.apps().ByApplicationId(id).Delete(ctx, nil)
	})
}

// readApplication takes from Graph's model what we use. Every getter may give nil.
func readApplication(m *appObject) *application {
	a := &application{ID: text(m.id), AppID: text(m.appID), Name: text(m.displayName), UniqueName: text(m.uniqueName),
		Audience: text(m.signInAudience), Public: value(m.isFallbackPublicClient), Tags: m.tags, Keys: m.keyCredentials}
	if api := m.api; api != nil {
		a.TokenVersion = int(value(api.GetRequestedAccessTokenVersion()))
	}
	for platform, uris := range redirectsOf(m) {
		for _, uri := range uris {
			a.Redirects = append(a.Redirects, Redirect{platform, uri})
		}
	}
	slices.SortFunc(a.Redirects, compareRedirects)
	for _, r := range m.requiredResourceAccess {
		for _, p := range r.GetResourceAccess() {
			a.Access = append(a.Access, access{strings.ToLower(text(r.GetResourceAppId())), guidText(p.GetId()), text(p.GetTypeEscaped())})
		}
	}
	for _, p := range m.passwordCredentials {
		a.Secrets = append(a.Secrets, password{guidText(p.GetKeyId()), text(p.GetDisplayName()), value(p.GetEndDateTime())})
	}
	return a
}

func redirectsOf(m *appObject) map[Platform][]string {
	out := map[Platform][]string{}
	if w := m.web; w != nil {
		out[Web] = w.GetRedirectUris()
	}
	if p := m.publicClient; p != nil {
		out[Public] = p.GetRedirectUris()
	}
	if s := m.spa; s != nil {
		out[SPA] = s.GetRedirectUris()
	}
	return out
}

func compareRedirects(a, b Redirect) int {
	return strings.Compare(string(a.Platform)+" "+a.URI, string(b.Platform)+" "+b.URI)
}

// value is what a getter's pointer points to, or the zero value.
func value[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}

func text(p *string) string { return value(p) }

func guidText(id *uuid.UUID) string {
	if id == nil {
		return ""
	}
	return id.String()
}
