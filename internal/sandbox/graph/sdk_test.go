package graph_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	kiota "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/authentication"
	khttp "github.com/microsoft/kiota-http-go"
	kjson "github.com/microsoft/kiota-serialization-json-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/applicationswithuniquename"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
	"github.com/microsoftgraph/msgraph-sdk-go/oauth2permissiongrants"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"

	"hdstest/internal/entra"
)

// sdk is Microsoft's own Go SDK, unmodified, with its usual middleware: gzipped
// bodies and repeats on 429.
func (w *world) sdk(token string) kiota.RequestAdapter {
	w.t.Helper()
	options := core.GraphClientOptions{GraphServiceLibraryVersion: "1.89.0"}
	client := &http.Client{Transport: khttp.NewCustomTransportWithParentTransport(w.server.Client().Transport,
		core.GetDefaultMiddlewaresWithOptions(&options)...)}
	header, err := authentication.NewApiKeyAuthenticationProvider("Bearer "+token, "Authorization", authentication.HEADER_KEYLOCATION)
	if err != nil {
		w.t.Fatal(err)
	}
	adapter, err := core.NewGraphRequestAdapterBaseWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(header, options,
		kjson.NewJsonParseNodeFactory(), kjson.NewJsonSerializationWriterFactory(), client)
	if err != nil {
		w.t.Fatal(err)
	}
	adapter.SetBaseUrl(w.server.URL + "/v1.0")
	return adapter
}

func parameters(adapter kiota.RequestAdapter) map[string]string {
	return map[string]string{"baseurl": adapter.GetBaseUrl()}
}

func point[T any](v T) *T { return &v }

func TestSDK(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	adapter := w.sdk(w.admin())
	apps := applications.NewApplicationsRequestBuilderInternal(parameters(adapter), adapter)
	wanted := models.NewApplication()
	wanted.SetDisplayName(point("from the SDK"))
	web := models.NewWebApplication()
	web.SetRedirectUris([]string{"http://localhost"})
	wanted.SetWeb(web)
	app, err := apps.Post(ctx, wanted, nil)
	if err != nil {
		t.Fatal(err)
	}
	body := applications.NewItemAddPasswordPostRequestBody()
	body.SetPasswordCredential(models.NewPasswordCredential())
	secret, err := apps.ByApplicationId(*app.GetId()).AddPassword().Post(ctx, body, nil)
	if err != nil || secret.GetSecretText() == nil || *secret.GetHint() != (*secret.GetSecretText())[:3] {
		t.Fatalf("addPassword: %v %v", secret, err)
	}
	key := models.NewKeyCredential()
	key.SetTypeEscaped(point("AsymmetricX509Cert"))
	key.SetUsage(point("Verify"))
	key.SetKey(certificate(t, w, rsaKey(t)))
	change := models.NewApplication()
	change.SetKeyCredentials([]models.KeyCredentialable{key})
	if _, err := apps.ByApplicationId(*app.GetId()).Patch(ctx, change, nil); err != nil {
		t.Fatal(err)
	}
	w.sdkConsent(ctx, adapter, *app.GetAppId())
	if err := apps.ByApplicationId(*app.GetId()).Delete(ctx, nil); err != nil {
		t.Fatal(err)
	}
}

// sdkConsent makes the principal, finds the API and consents.
func (w *world) sdkConsent(ctx context.Context, adapter kiota.RequestAdapter, appID string) {
	w.t.Helper()
	principals := serviceprincipals.NewServicePrincipalsRequestBuilderInternal(parameters(adapter), adapter)
	wanted := models.NewServicePrincipal()
	wanted.SetAppId(&appID)
	client, err := principals.Post(ctx, wanted, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	found, err := principals.Get(ctx, &serviceprincipals.ServicePrincipalsRequestBuilderGetRequestConfiguration{
		QueryParameters: &serviceprincipals.ServicePrincipalsRequestBuilderGetQueryParameters{
			Filter: point("servicePrincipalNames/any(c:c eq '" + entra.DICOMResource + "')"), Top: point(int32(5)),
			Select: []string{"id", "oauth2PermissionScopes"}}})
	if err != nil || len(found.GetValue()) != 1 || *found.GetValue()[0].GetOauth2PermissionScopes()[0].GetValue() != "Dicom.ReadWrite" {
		w.t.Fatalf("the DICOM principal: %v %v", found, err)
	}
	grant := models.NewOAuth2PermissionGrant()
	grant.SetClientId(client.GetId())
	grant.SetConsentType(point("AllPrincipals"))
	grant.SetResourceId(found.GetValue()[0].GetId())
	grant.SetScope(point("Dicom.ReadWrite"))
	grants := oauth2permissiongrants.NewOauth2PermissionGrantsRequestBuilderInternal(parameters(adapter), adapter)
	if _, err := grants.Post(ctx, grant, nil); err != nil {
		w.t.Fatal(err)
	}
}

func TestSDKUpsert(t *testing.T) {
	w := newWorld(t)
	adapter := w.sdk(w.admin())
	builder := applicationswithuniquename.NewApplicationsWithUniqueNameRequestBuilderInternal(parameters(adapter), adapter, point("lab one"))
	wanted := models.NewApplication()
	wanted.SetDisplayName(point("x"))
	headers := kiota.NewRequestHeaders()
	headers.Add("Prefer", "create-if-missing")
	made, err := builder.Patch(context.Background(), wanted,
		&applicationswithuniquename.ApplicationsWithUniqueNameRequestBuilderPatchRequestConfiguration{Headers: headers})
	if err != nil || *made.GetUniqueName() != "lab one" {
		t.Fatalf("upsert: %v %v", made, err)
	}
	got, err := builder.Get(context.Background(), nil)
	if err != nil || *got.GetId() != *made.GetId() {
		t.Fatalf("get by unique name: %v %v", got, err)
	}
}

// TestSDKPages lets the SDK's iterator follow the links.
func TestSDKPages(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		w.ok(201, "POST", "/v1.0/applications", `{"displayName":"x"}`)
	}
	adapter := w.sdk(w.admin())
	first, err := applications.NewApplicationsRequestBuilderInternal(parameters(adapter), adapter).Get(context.Background(),
		&applications.ApplicationsRequestBuilderGetRequestConfiguration{
			QueryParameters: &applications.ApplicationsRequestBuilderGetQueryParameters{Top: point(int32(2))}})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := core.NewPageIterator[models.Applicationable](first, adapter, models.CreateApplicationCollectionResponseFromDiscriminatorValue)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := pages.Iterate(context.Background(), func(models.Applicationable) bool { n++; return true }); err != nil || n != 5 {
		t.Errorf("want 5 applications, got %d, %v", n, err)
	}
}

// TestSDKThrottled shows the SDK waiting as Retry-After says.
func TestSDKThrottled(t *testing.T) {
	w := newWorld(t)
	w.scenarios.Enable("graph-throttled")
	if r := w.send(w.admin(), "GET", "/v1.0/organization", ""); r.status != 429 || r.header.Get("Retry-After") != "1" {
		t.Errorf("want 429 with Retry-After, got %d %v", r.status, r.header)
	}
	adapter := w.sdk(w.admin())
	if _, err := applications.NewApplicationsRequestBuilderInternal(parameters(adapter), adapter).Get(context.Background(), nil); err != nil {
		t.Errorf("the SDK comes again after a second: %v", err)
	}
}

// TestSDKError reads a refusal through the SDK, which panics when an answer has
// no message.
func TestSDKError(t *testing.T) {
	w := newWorld(t)
	adapter := w.sdk(w.app())
	_, err := applications.NewApplicationsRequestBuilderInternal(parameters(adapter), adapter).Get(context.Background(), nil)
	var failed *odataerrors.ODataError
	if !errors.As(err, &failed) || failed.GetStatusCode() != 403 {
		t.Fatalf("want an ODataError of 403, got %v", err)
	}
	e := failed.GetErrorEscaped()
	if *e.GetCode() != "Authorization_RequestDenied" || *e.GetMessage() == "" || *e.GetInnerError().GetRequestId() == "" ||
		e.GetInnerError().GetDate() == nil {
		t.Errorf("the parts of an error: %v", failed.Error())
	}
}
