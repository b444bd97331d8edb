//go:build e2e

package e2e_test

import (
	"strings"

	"hdstest/internal/entra"
)

// tokens: az account get-access-token, as Microsoft's curl articles use it.
// Source: learn.microsoft.com/azure/healthcare-apis/fhir/using-curl.
func (c cli) tokens() {
	c.t.Helper()
	for flag, value := range map[string]string{"--resource": c.s.FHIRURL, "--scope": c.s.FHIRURL + "/.default"} {
		answer := c.az("account", "get-access-token", flag, value)
		c.has(flag, answer, map[string]any{"tokenType": "Bearer", "tenant": c.s.TenantID, "subscription": c.s.SubscriptionID})
		token, _ := place(answer, "accessToken").(string)
		c.claims(flag, claimsOf(c.t, token), map[string]any{"aud": c.s.FHIRURL, "appid": c.s.AdminClientID, "ver": "1.0"})
	}
	// The audience with a final slash keeps it: the CLI sends https://…//.default.
	slash := c.text("account", "get-access-token", "--resource", entra.DICOMResource+"/", "--query", "accessToken")
	c.claims("final slash", claimsOf(c.t, slash), map[string]any{"aud": entra.DICOMResource + "/"})
	c.fails([]string{"AADSTS500011"}, "account", "get-access-token", "--resource", "https://nobody.invalid")
}

// apps: az ad app and az ad sp.
func (c cli) apps() (appID, principal string) {
	c.t.Helper()
	before, _ := c.az("ad", "app", "list", "--all").([]any)
	made := c.az("ad", "app", "create", "--display-name", "cli-app", "--sign-in-audience", "AzureADMyOrg")
	appID, _ = place(made, "appId").(string)
	again := c.az("ad", "app", "create", "--display-name", "cli-app", "--is-fallback-public-client", "true") // finds and patches it
	c.has("create again", again, map[string]any{"appId": appID, "isFallbackPublicClient": true})
	after, _ := c.az("ad", "app", "list", "--all").([]any)
	c.equal("apps", len(after), len(before)+1)
	c.has("list by name", c.az("ad", "app", "list", "--display-name", "cli-app"), map[string]any{"length": 1.0, "0/appId": appID})
	c.az("ad", "app", "update", "--id", appID, "--public-client-redirect-uris", "http://localhost")
	c.has("show", c.az("ad", "app", "show", "--id", appID), map[string]any{"displayName": "cli-app", "signInAudience": "AzureADMyOrg",
		"publicClient/redirectUris/0": "http://localhost"})
	c.az("ad", "app", "permission", "add", "--id", appID, "--api", entra.DICOMAppID, "--api-permissions",
		"e69ab058-b8ae-4c0f-b687-5d97888ddccb=Scope")
	c.has("permission list", c.az("ad", "app", "permission", "list", "--id", appID), map[string]any{"0/resourceAppId": entra.DICOMAppID})
	c.credentials(appID)

	principal = c.text("ad", "sp", "create", "--id", appID, "--query", "id")
	c.has("sp show", c.az("ad", "sp", "show", "--id", appID), map[string]any{"id": principal, "appId": appID, "servicePrincipalNames/0": appID})
	c.equal("sp show by name", c.text("ad", "sp", "show", "--id", entra.DICOMResource, "--query", "appId"), entra.DICOMAppID)
	c.has("sp list", c.az("ad", "sp", "list", "--display-name", "Azure API"), map[string]any{"length": 1.0, "0/appId": entra.DICOMAppID})
	c.has("permission grant", c.az("ad", "app", "permission", "grant", "--id", appID, "--api", entra.DICOMAppID, "--scope", "Dicom.ReadWrite"),
		map[string]any{"clientId": principal, "consentType": "AllPrincipals", "scope": "Dicom.ReadWrite"})
	c.fails([]string{"not yet supported on sovereign clouds"}, "ad", "app", "permission", "admin-consent", "--id", appID)
	c.fails([]string{"/me request is only valid with delegated authentication flow"}, "ad", "signed-in-user", "show")
	return appID, principal
}

// credentials: secrets, certificates and federated credentials of an app.
func (c cli) credentials(appID string) {
	c.t.Helper()
	reset := c.az("ad", "app", "credential", "reset", "--id", appID)
	password, _ := place(reset, "password").(string)
	c.that(len(password) >= 16, "credential reset: a password of %d characters", len(password))
	c.az("ad", "app", "credential", "reset", "--id", appID, "--append", "--create-cert")
	c.has("secrets", c.az("ad", "app", "credential", "list", "--id", appID), map[string]any{"length": 1.0, "0/secretText": nil})
	c.has("certificates", c.az("ad", "app", "credential", "list", "--id", appID, "--cert"),
		map[string]any{"length": 1.0, "0/type": "AsymmetricX509Cert", "0/usage": "Verify"})
	c.az("ad", "app", "federated-credential", "create", "--id", appID, "--parameters", `{"name":"main",`+
		`"issuer":"https://token.actions.githubusercontent.com","subject":"repo:o/r:ref:refs/heads/main","audiences":["api://AzureADTokenExchange"]}`)
	c.has("federated credentials", c.az("ad", "app", "federated-credential", "list", "--id", appID), map[string]any{"length": 1.0, "0/name": "main"})
}

// roles: az role assignment and az role definition.
func (c cli) roles(appID, principal string) {
	c.t.Helper()
	reader := "4c8d0bbc-75d3-4935-991f-5f3c56d81508" // FHIR Data Reader
	create := []string{"role", "assignment", "create", "--assignee-object-id", principal, "--assignee-principal-type", "ServicePrincipal",
		"--role", "FHIR Data Reader", "--scope", c.s.FHIRResource}
	made := c.az(create...)
	id, _ := place(made, "roleDefinitionId").(string)
	c.that(strings.HasSuffix(id, reader), "roleDefinitionId: %q", id)
	c.has("create", made, map[string]any{"principalId": principal, "principalType": "ServicePrincipal", "scope": c.s.FHIRResource})
	c.equal("create again gives the same", place(c.az(create...), "name"), place(made, "name"))
	c.az("role", "assignment", "create", "--assignee", appID, "--role", "e89c7a3c-2f64-4fa1-a847-3e4c9ba4283a", "--scope", c.s.DICOMResource)
	listed := c.az("role", "assignment", "list", "--assignee", principal, "--all", "--query", "sort_by([].{r:roleDefinitionName,p:principalName}, &r)")
	c.has("list", listed, map[string]any{"length": 2.0, "0/r": "DICOM Data Reader", "1/r": "FHIR Data Reader", "0/p": appID})
	c.az("role", "assignment", "delete", "--assignee", appID, "--role", "FHIR Data Reader", "--scope", c.s.FHIRResource)
	c.has("list after", c.az("role", "assignment", "list", "--assignee", principal, "--all"), map[string]any{"length": 1.0})
	c.has("at the service", c.az("role", "assignment", "list", "--scope", c.s.FHIRResource, "--query", "[].roleDefinitionName"),
		map[string]any{"length": 2.0, "0": "FHIR Data Contributor"})
	c.has("definition", c.az("role", "definition", "list", "--name", "DICOM Data Owner"),
		map[string]any{"0/permissions/0/dataActions/0": "Microsoft.HealthcareApis/workspaces/dicomservices/resources/*"})
	c.fails([]string{"PrincipalNotFound", "does not exist in the directory " + c.s.TenantID}, "role", "assignment", "create", "--assignee-object-id",
		"5a4db0c5-0000-4000-8000-000000000000", "--role", "FHIR Data Reader", "--scope", c.s.FHIRResource)
}

// groups: az ad group, with a group in a group, and a role that comes through both.
// Source: learn.microsoft.com/cli/azure/ad/group; azure-docs
// articles/role-based-access-control/role-assignments-list-cli.md for --include-groups.
func (c cli) groups(principal string) {
	c.t.Helper()
	group := func(name string) string {
		return c.text("ad", "group", "create", "--display-name", name, "--mail-nickname", name, "--query", "id")
	}
	inner, outer := group("inner"), group("outer")
	c.az("ad", "group", "member", "add", "--group", inner, "--member-id", principal)
	c.az("ad", "group", "member", "add", "--group", "outer", "--member-id", inner)
	c.has("member list", c.az("ad", "group", "member", "list", "--group", inner), map[string]any{"length": 1.0, "0/id": principal})
	c.has("member check", c.az("ad", "group", "member", "check", "--group", inner, "--member-id", principal), map[string]any{"value": true})
	c.az("role", "assignment", "create", "--assignee-object-id", outer, "--assignee-principal-type", "Group", "--role", "FHIR Data Exporter",
		"--scope", c.s.FHIRResource)
	c.has("include-groups", c.az("role", "assignment", "list", "--assignee", principal, "--all", "--include-groups", "--query",
		"[?roleDefinitionName=='FHIR Data Exporter']"), map[string]any{"length": 1.0, "0/principalId": outer, "0/principalType": "Group"})
	r := command(c.t, c.s.home, environment(c.s.home, "AZURE_TENANT_ID="+c.s.TenantID, "AZURE_AUTHORITY_HOST="+c.s.LoginURL, "HDSTEST_GRAPH_URL="+c.s.GraphURL,
		"HDSTEST_ARM_URL="+c.s.ARMURL, "HDSTEST_CA_FILE="+c.s.CAFile, "HDSTEST_FHIR_RESOURCE_ID="+c.s.FHIRResource,
		"HDSTEST_ADMIN_CLIENT_ID="+c.s.AdminClientID, "HDSTEST_ADMIN_CLIENT_SECRET="+c.s.AdminSecret), binary(), "rbac", "check", "--principal", principal)
	c.that(r.code == 0, "rbac check: exit code %d\n%s", r.code, r.stderr)
	c.contains("rbac check", r.stdout, "FHIR Data Exporter at the service through the group outer")
	c.az("ad", "group", "delete", "--group", "outer")
	c.has("groups left", c.az("ad", "group", "list", "--display-name", "inner"), map[string]any{"length": 1.0, "0/id": inner})
}

// rest: az rest finds the token by the address, az resource by the cloud.
func (c cli) rest() {
	c.t.Helper()
	c.equal("Graph", c.text("rest", "--url", c.s.GraphURL+"/v1.0/organization", "--query", "value[0].id"), c.s.TenantID)
	c.equal("ARM", c.text("rest", "--url", c.s.ARMURL+"/subscriptions?api-version=2022-12-01", "--query", "value[0].subscriptionId"), c.s.SubscriptionID)
	service := c.az("rest", "--url", c.s.ARMURL+c.s.FHIRResource+"?api-version=2024-03-31")
	c.has("FHIR service", service, map[string]any{"kind": "fhir-R4", "properties/authenticationConfiguration/audience": c.s.FHIRURL,
		"properties/authenticationConfiguration/authority": c.s.Authority})
	images := c.az("resource", "show", "--ids", c.s.DICOMResource, "--api-version", "2024-03-31")
	c.has("DICOM service", images, map[string]any{"properties/serviceUrl": c.s.DICOMURL, "properties/authenticationConfiguration/audiences/length": 2.0})
	c.fails([]string{"Forbidden", "Authorization failed."}, "rest", "--url", c.s.FHIRURL+"/Patient", "--resource", c.s.FHIRURL)
}

// newcomer: the one command of most tutorials, which makes app, principal, secret
// and role; then what it made reads Patients; then all of it is removed.
// Source: learn.microsoft.com/cli/azure/azure-cli-sp-tutorial-1.
func (c cli) newcomer() {
	c.t.Helper()
	made := c.az("ad", "sp", "create-for-rbac", "--name", "newcomer", "--role", "FHIR Data Contributor", "--scopes", c.s.FHIRResource)
	c.has("create-for-rbac", made, map[string]any{"displayName": "newcomer", "tenant": c.s.TenantID})
	id, _ := place(made, "appId").(string)
	password, _ := place(made, "password").(string)
	token := c.s.appToken(c.t, id, password, c.s.FHIRURL+"/.default").text("access_token")
	c.equal("the newcomer reads Patients", c.s.fhir(c.t, token, "/Patient").status, 200)
	c.equal("but no studies", c.s.dicom(c.t, c.s.appToken(c.t, id, password, entra.DICOMResource+"/.default").text("access_token"), "/studies").status, 403)
	user := c.az("ad", "user", "show", "--id", c.s.Username)
	c.has("user", user, map[string]any{"userPrincipalName": c.s.Username})
	c.az("ad", "app", "delete", "--id", id)
	c.fails([]string{"does not exist or one of its queried reference-property objects are not present."}, "ad", "app", "show", "--id", id)
	refused := c.s.appToken(c.t, id, password, c.s.FHIRURL+"/.default")
	c.equal("its token after", place(refused.json, "error_codes/0"), any(700016.0))
	c.fails([]string{"sandbox"}, "account", "list-locations") // 501, by name
}

// logins: the other ways to log in as a service principal. The example app can
// read nothing in Azure Resource Manager, so it has no subscription.
func (c cli) logins() {
	c.t.Helper()
	login := func(more ...string) []string {
		return append([]string{"login", "--service-principal", "--username", c.s.ClientID, "--tenant", c.s.TenantID}, more...)
	}
	token, err := readFile(c.s.FederatedTokenFile)
	c.that(err == nil, "federated token: %v", err)
	c.fails([]string{"AADSTS7000215"}, login("--password", "wrong", "--allow-no-subscriptions")...)
	c.fails([]string{"No subscriptions found"}, login("--password", c.s.ClientSecret)...)
	for _, kind := range [][]string{{"--password", c.s.ClientSecret}, {"--certificate", c.s.CertificateFile},
		{"--certificate", c.s.CertificateFile, "--use-cert-sn-issuer"}, {"--federated-token", token}} {
		c.has(kind[0], c.az(append(login(kind...), "--allow-no-subscriptions")...), map[string]any{"0/name": "N/A(tenant level account)"})
		bundle := c.az("rest", "--url", c.s.FHIRURL+"/Patient", "--resource", c.s.FHIRURL)
		c.has(kind[0]+": FHIR", bundle, map[string]any{"resourceType": "Bundle", "type": "searchset"})
	}
	c.fails([]string{"Insufficient privileges to complete the operation."}, "ad", "app", "list")
}
