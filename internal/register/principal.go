package register

import (
	"context"
	"fmt"

	kiota "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipalswithappid"
)

// principal is what we read of a service principal: an app's identity in the
// tenant, to which roles and consents are given.
type principal struct {
	ID, AppID, Name string
	Tenant          string // of the app registration behind it
	Disabled        bool
	Scopes          []scope
}

// scope is a delegated permission that an API offers.
type scope struct {
	ID, Value string
	Disabled  bool
}

func principalFields() []string {
	return []string{"id", "appId", "displayName", "accountEnabled", "appOwnerOrganizationId", "oauth2PermissionScopes"}
}

func (s session) principals() *serviceprincipals.ServicePrincipalsRequestBuilder {
	return serviceprincipals.NewServicePrincipalsRequestBuilderInternal(map[string]string{}, s.graph)
}

// principalByAppID gives nil if the app has no service principal in the tenant.
func (s session) principalByAppID(ctx context.Context, appID string) (*principal, error) {
	b := serviceprincipalswithappid.NewServicePrincipalsWithAppIdRequestBuilderInternal(map[string]string{}, s.graph, &appID)
	return s.onePrincipal(ctx, "the service principal of client id "+appID, func(ctx context.Context) (*principalObject, error) {
		r, err := b.ToGetRequestInformation(ctx, &serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilderGetRequestConfiguration{
			QueryParameters: &serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilderGetQueryParameters{Select: principalFields()}})
		return fetch[principalObject](ctx, s, r, err)
	})
}

func (s session) principalByID(ctx context.Context, id string) (*principal, error) {
	return s.onePrincipal(ctx, "the service principal "+id, func(ctx context.Context) (*principalObject, error) {
		b := s.principals().ByServicePrincipalId(id)
		r, err := b.ToGetRequestInformation(ctx, &serviceprincipals.ServicePrincipalItemRequestBuilderGetRequestConfiguration{
			QueryParameters: &serviceprincipals.ServicePrincipalItemRequestBuilderGetQueryParameters{Select: principalFields()}})
		return fetch[principalObject](ctx, s, r, err)
	})
}

func (s session) onePrincipal(ctx context.Context, what string,
	get func(context.Context) (*principalObject, error)) (*principal, error) {
	var found *principal
	err := s.graphCall(ctx, call{"read " + what, needRead}, func(ctx context.Context) error {
		sp, err := get(ctx)
		if err == nil && sp != nil {
			found = readPrincipal(sp)
		}
		return err
	})
	if absent(err) {
		return nil, nil
	}
	if err == nil && (found == nil || found.ID == "") {
		return nil, fmt.Errorf("could not read %s: the answer has no id", what)
	}
	return found, err
}

func (s session) createPrincipal(ctx context.Context, appID string) (*principal, error) {
	var made *principal
	err := s.graphCall(ctx, call{"create the service principal of client id " + appID, needApps}, func(ctx context.Context) error {
		r, err := carrying(ctx, s, kiota.POST, s.principals().BaseRequestBuilder, &principalObject{appID: &appID})
		sp, err := fetch[principalObject](ctx, s, r, err)
		if err == nil && sp != nil {
			made = readPrincipal(sp)
		}
		return err
	})
	if err == nil && (made == nil || made.ID == "") {
		return nil, fmt.Errorf("could not create the service principal: the answer has no id")
	}
	return made, err
}

func (s session) deletePrincipal(ctx context.Context, id string) error {
	return s.graphCall(ctx, call{"delete the service principal " + id, needApps}, func(ctx context.Context) error {
		return s.principals().ByServicePrincipalId(id).Delete(ctx, nil)
	})
}

// purge removes an app or service principal from the recycle bin, for good
// (GD:api/directory-deleteditems-delete.md). The request is built by hand: the
// SDK's package for it would bring the whole directory along.
func (s session) purge(ctx context.Context, id string) error {
	return s.graphCall(ctx, call{"delete " + id + " for good", needApps}, func(ctx context.Context) error {
		r := kiota.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(kiota.DELETE,
			"{+baseurl}/directory/deletedItems/{id}", map[string]string{"id": id})
		r.Headers.TryAdd("Accept", "application/json")
		return s.graph.SendNoContent(ctx, r, kiota.ErrorMappings{"XXX": odataerrors.CreateODataErrorFromDiscriminatorValue})
	})
}

func readPrincipal(m *principalObject) *principal {
	enabled := m.accountEnabled
	p := &principal{ID: text(m.id), AppID: text(m.appID), Name: text(m.displayName),
		Tenant: guidText(m.appOwnerOrganizationID), Disabled: enabled != nil && !*enabled}
	for _, s := range m.scopes {
		on := s.GetIsEnabled()
		p.Scopes = append(p.Scopes, scope{guidText(s.GetId()), text(s.GetValue()), on != nil && !*on})
	}
	return p
}
