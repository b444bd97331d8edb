package register

import (
	"context"

	"github.com/google/uuid"
	kiota "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
)

// appObject is an application on the wire, with the properties that are used
// here. The SDK's own model of it leads to every other model of Graph, since an
// owner may be any object: with it the program would be 24 MB larger. The models
// of the properties' values and the request builders are the SDK's.
//
// A property that is nil is not sent; an empty list is.
// Source: GD:resources/application.md.
type appObject struct {
	id, appID, displayName, uniqueName, signInAudience *string
	isFallbackPublicClient                             *bool
	tags                                               []string
	web                                                models.WebApplicationable
	publicClient                                       models.PublicClientApplicationable
	spa                                                models.SpaApplicationable
	api                                                models.ApiApplicationable
	requiredResourceAccess                             []models.RequiredResourceAccessable
	passwordCredentials                                []models.PasswordCredentialable
	keyCredentials                                     []models.KeyCredentialable
}

// GetFieldDeserializers see [serialization.Parsable].
func (a *appObject) GetFieldDeserializers() map[string]func(serialization.ParseNode) error {
	return map[string]func(serialization.ParseNode) error{
		"id":                     stringInto(&a.id),
		"appId":                  stringInto(&a.appID),
		"displayName":            stringInto(&a.displayName),
		"uniqueName":             stringInto(&a.uniqueName),
		"signInAudience":         stringInto(&a.signInAudience),
		"isFallbackPublicClient": boolInto(&a.isFallbackPublicClient),
		"tags":                   stringsInto(&a.tags),
		"web":                    objectInto(&a.web, models.CreateWebApplicationFromDiscriminatorValue),
		"publicClient":           objectInto(&a.publicClient, models.CreatePublicClientApplicationFromDiscriminatorValue),
		"spa":                    objectInto(&a.spa, models.CreateSpaApplicationFromDiscriminatorValue),
		"api":                    objectInto(&a.api, models.CreateApiApplicationFromDiscriminatorValue),
		"requiredResourceAccess": listInto(&a.requiredResourceAccess, models.CreateRequiredResourceAccessFromDiscriminatorValue),
		"passwordCredentials":    listInto(&a.passwordCredentials, models.CreatePasswordCredentialFromDiscriminatorValue),
		"keyCredentials":         listInto(&a.keyCredentials, models.CreateKeyCredentialFromDiscriminatorValue),
	}
}

// Serialize see [serialization.Parsable]. It writes what can be set.
func (a *appObject) Serialize(w serialization.SerializationWriter) error {
	kind := "#microsoft.graph.application"
	return firstError(
		func() error { return w.WriteStringValue("@odata.type", &kind) },
		func() error { return w.WriteStringValue("displayName", a.displayName) },
		func() error { return w.WriteStringValue("signInAudience", a.signInAudience) },
		func() error { return w.WriteBoolValue("isFallbackPublicClient", a.isFallbackPublicClient) },
		func() error { return writeStrings(w, "tags", a.tags) },
		func() error { return w.WriteObjectValue("web", a.web) },
		func() error { return w.WriteObjectValue("publicClient", a.publicClient) },
		func() error { return w.WriteObjectValue("spa", a.spa) },
		func() error { return w.WriteObjectValue("api", a.api) },
		func() error { return writeList(w, "requiredResourceAccess", a.requiredResourceAccess) },
		func() error { return writeList(w, "keyCredentials", a.keyCredentials) },
	)
}

// principalObject is a service principal on the wire, see [appObject].
// Source: GD:resources/serviceprincipal.md.
type principalObject struct {
	id, appID, displayName *string
	accountEnabled         *bool
	appOwnerOrganizationID *uuid.UUID
	scopes                 []models.PermissionScopeable
}

// GetFieldDeserializers see [serialization.Parsable].
func (p *principalObject) GetFieldDeserializers() map[string]func(serialization.ParseNode) error {
	return map[string]func(serialization.ParseNode) error{
		"id":             stringInto(&p.id),
		"appId":          stringInto(&p.appID),
		"displayName":    stringInto(&p.displayName),
		"accountEnabled": boolInto(&p.accountEnabled),
		"appOwnerOrganizationId": func(n serialization.ParseNode) (err error) {
			p.appOwnerOrganizationID, err = n.GetUUIDValue()
			return err
		},
		"oauth2PermissionScopes": listInto(&p.scopes, models.CreatePermissionScopeFromDiscriminatorValue),
	}
}

// Serialize see [serialization.Parsable]. It writes what can be set.
func (p *principalObject) Serialize(w serialization.SerializationWriter) error {
	kind := "#microsoft.graph.servicePrincipal"
	return firstError(
		func() error { return w.WriteStringValue("@odata.type", &kind) },
		func() error { return w.WriteStringValue("appId", p.appID) },
	)
}

// appPage is a page of a list of applications.
type appPage struct {
	value []*appObject
	next  *string // address of the page behind it
}

// GetFieldDeserializers see [serialization.Parsable].
func (p *appPage) GetFieldDeserializers() map[string]func(serialization.ParseNode) error {
	return map[string]func(serialization.ParseNode) error{
		"value":           listInto(&p.value, factory(func() *appObject { return &appObject{} })),
		"@odata.nextLink": stringInto(&p.next),
	}
}

// Serialize see [serialization.Parsable]; pages are only read.
func (*appPage) Serialize(serialization.SerializationWriter) error { return nil }

// fetch sends a request and reads the answer; nil: it had no body. err is that of
// the making of the request.
func fetch[T any, P interface {
	*T
	serialization.Parsable
}](ctx context.Context, s session, r *kiota.RequestInformation, err error) (P, error) {
	if err != nil {
		return nil, err
	}
	got, err := s.graph.Send(ctx, r, factory(func() P { return P(new(T)) }),
		kiota.ErrorMappings{"XXX": odataerrors.CreateODataErrorFromDiscriminatorValue})
	if err != nil || got == nil {
		return nil, err
	}
	return got.(P), nil
}

// carrying makes a request with a body to the address of a request builder.
func carrying(ctx context.Context, s session, method kiota.HttpMethod, to kiota.BaseRequestBuilder, body serialization.Parsable) (*kiota.RequestInformation, error) {
	r := kiota.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(method, to.UrlTemplate, to.PathParameters)
	r.Headers.TryAdd("Accept", "application/json")
	return r, r.SetContentFromParsable(ctx, s.graph, "application/json", body)
}

func factory[P serialization.Parsable](empty func() P) serialization.ParsableFactory {
	return func(serialization.ParseNode) (serialization.Parsable, error) { return empty(), nil }
}
