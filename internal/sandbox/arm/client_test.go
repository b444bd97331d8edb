package arm_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	armpolicy "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"

	"hdstest/internal/entra"
)

// credential gives the world's token to Azure's own client.
type credential struct{ token string }

func (c credential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: c.token, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func (w *world) options() *armpolicy.ClientOptions {
	return &armpolicy.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: w.server.Client(),
		Cloud: cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
			cloud.ResourceManager: {Endpoint: w.server.URL, Audience: w.server.URL}}}}}
}

func point[T any](v T) *T { return &v }

// TestAzureClient drives Azure's own Go client, unmodified, through finding a
// role by its name, giving it, listing and taking it.
func TestAzureClient(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	found, err := armauthorization.NewRoleDefinitionsClient(credential{w.token(ownerID)}, w.options())
	if err != nil {
		t.Fatal(err)
	}
	page, err := found.NewListPager(fhirService, &armauthorization.RoleDefinitionsClientListOptions{
		Filter: point("roleName eq 'FHIR Data Contributor'")}).NextPage(ctx)
	if err != nil || len(page.Value) != 1 {
		t.Fatalf("the role by its name: %v %v", page, err)
	}
	client, err := armauthorization.NewRoleAssignmentsClient(subscriptionID, credential{w.token(ownerID)}, w.options())
	if err != nil {
		t.Fatal(err)
	}
	wanted := armauthorization.RoleAssignmentCreateParameters{Properties: &armauthorization.RoleAssignmentProperties{
		PrincipalID: point(clientID), RoleDefinitionID: page.Value[0].ID,
		PrincipalType: point(armauthorization.PrincipalTypeServicePrincipal)}}
	made, err := client.Create(ctx, fhirService, newName, wanted, nil)
	if err != nil || *made.Name != newName || made.Properties.CreatedOn == nil {
		t.Fatalf("create: %v %v", made, err)
	}
	if _, err := client.GetByID(ctx, *made.ID, nil); err != nil {
		t.Errorf("get by id: %v", err)
	}
	listed, err := client.NewListForScopePager(fhirService, &armauthorization.RoleAssignmentsClientListForScopeOptions{
		Filter: point("assignedTo('" + clientID + "')")}).NextPage(ctx)
	if err != nil || len(listed.Value) != 1 {
		t.Errorf("list: %v %v", listed, err)
	}
	if _, err := client.Delete(ctx, fhirService, newName, nil); err != nil {
		t.Errorf("delete: %v", err)
	}
	if _, err := client.Delete(ctx, fhirService, newName, nil); err != nil {
		t.Errorf("delete again is 204: %v", err)
	}
}

func TestAzureClientError(t *testing.T) {
	w := newWorld(t)
	client, err := armauthorization.NewRoleAssignmentsClient(subscriptionID, credential{w.token(clientID)}, w.options())
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Create(context.Background(), fhirService, newName, armauthorization.RoleAssignmentCreateParameters{
		Properties: &armauthorization.RoleAssignmentProperties{PrincipalID: point(userID),
			RoleDefinitionID: point(entra.RoleDefinitionID(subscriptionID, fhirReader))}}, nil)
	var failed *azcore.ResponseError
	if !errors.As(err, &failed) || failed.StatusCode != 403 || failed.ErrorCode != "AuthorizationFailed" {
		t.Errorf("want AuthorizationFailed, got %v", err)
	}
}

// TestAzureCLI sends what az sends, as recorded with 2.45.0 and 2.74.0.
func TestAzureCLI(t *testing.T) {
	w := newWorld(t)
	w.give(clientID, fhirReader, fhirService)
	for _, path := range []string{
		"/subscriptions?api-version=2022-12-01", "/subscriptions?api-version=2019-11-01", "/tenants?api-version=2022-12-01",
		"/subscriptions/" + subscriptionID + roles + "?$filter=principalId%20eq%20%27" + clientID + "%27&api-version=2022-04-01",
		"/subscriptions/" + subscriptionID + roles + "?api-version=2020-04-01-preview&$filter=principalId%20eq%20%27" + clientID + "%27",
		"/" + fhirService + roles + "?$filter=atScope%28%29&api-version=2022-04-01",
		"/subscriptions/" + subscriptionID + definitions + "?$filter=roleName%20eq%20%27FHIR%20Data%20Reader%27&api-version=2022-05-01-preview",
		"/subscriptions/" + subscriptionID + definitions + "?api-version=2022-05-01-preview",
	} {
		if r := w.ok(200, "GET", path, ""); len(r.values()) == 0 {
			t.Errorf("%s: nothing found: %s", path, r.raw)
		}
	}
	w.ok(201, "PUT", fhirService+roles+"/"+newName+version, assignment(fhirReader, userID, "User"))
}
