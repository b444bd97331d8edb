// Drives @microsoft/microsoft-graph-client with a token credential of
// @azure/identity. The only settings that the sandbox needs are baseUrl and
// customHosts, and NODE_EXTRA_CA_CERTS.
import { ClientSecretCredential } from "@azure/identity";
import { Client, PageIterator } from "@microsoft/microsoft-graph-client";
import { TokenCredentialAuthenticationProvider } from "@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js";
import { claims, sandbox, step } from "./driver.mjs";

const options = { authorityHost: sandbox.login_url, disableInstanceDiscovery: true };

function graph(clientId, secret) {
  const credential = new ClientSecretCredential(sandbox.tenant_id, clientId, secret, options);
  return Client.initWithMiddleware({
    baseUrl: `${sandbox.graph_url}/`,
    customHosts: new Set(["localhost"]),
    authProvider: new TokenCredentialAuthenticationProvider(credential, { scopes: ["https://graph.microsoft.com/.default"] }),
  });
}

const client = graph(sandbox.admin_client_id, sandbox.admin_client_secret);
const dicomAPI = "75e725bf-66ce-4cea-9b9a-5c4caae57f33";
const made = {};

// An app from nothing to its first token.
await step("create application", async () => (made.app = await client.api("/applications").post({
  displayName: "graph-client's app", signInAudience: "AzureADMyOrg", tags: ["e2e"], publicClient: { redirectUris: ["http://localhost"] },
  requiredResourceAccess: [{ resourceAppId: dicomAPI, resourceAccess: [{ id: "e69ab058-b8ae-4c0f-b687-5d97888ddccb", type: "Scope" }] }],
})));
await step("read application by id", () => client.api(`/applications/${made.app.id}`).select("id,appId,displayName").get());
await step("read application by app id", () => client.api(`/applications(appId='${made.app.appId}')`).get());
await step("create service principal", async () => (made.sp = await client.api("/servicePrincipals").post({ appId: made.app.appId })));
await step("create it again", () => client.api("/servicePrincipals").post({ appId: made.app.appId }));
await step("add password", async () => (made.password = await client.api(`/applications/${made.app.id}/addPassword`).post({
  passwordCredential: { displayName: "e2e" } })));
await step("token of the new app", async () => {
  const credential = new ClientSecretCredential(sandbox.tenant_id, made.app.appId, made.password.secretText, options);
  return claims((await credential.getToken("https://dicom.healthcareapis.azure.com/.default")).token);
});
await step("read passwords", () => client.api(`/applications/${made.app.id}`).select("passwordCredentials").get());

// Change it.
await step("patch application", () => client.api(`/applications/${made.app.id}`).patch({ notes: "changed", web: { redirectUris: ["https://localhost/signin"] } }));
await step("read the change", () => client.api(`/applications/${made.app.id}`).select(["notes", "web", "publicClient"]).get());
await step("add federated credential", () => client.api(`/applications/${made.app.id}/federatedIdentityCredentials`).post({
  name: "ci-main", issuer: "https://token.actions.githubusercontent.com", subject: "repo:o/r:ref:refs/heads/main", audiences: ["api://AzureADTokenExchange"] }));
await step("federated credential with a short name", () => client.api(`/applications/${made.app.id}/federatedIdentityCredentials`).post({
  name: "ci", issuer: "https://example.com", subject: "s", audiences: ["api://AzureADTokenExchange"] }));
await step("list federated credentials", () => client.api(`/applications/${made.app.id}/federatedIdentityCredentials`).get());

// Find things.
await step("filter by name", () => client.api("/applications").filter("displayName eq 'graph-client''s app'").get());
await step("filter by prefix", () => client.api("/applications").filter("startswith(displayName,'graph-')").select("displayName").get());
await step("filter by tag", () => client.api("/applications").filter("tags/any(t:t eq 'e2e')").get());
await step("filter by principal name", () => client.api("/servicePrincipals")
  .filter("servicePrincipalNames/any(c:c eq 'https://dicom.healthcareapis.azure.com')").get());
await step("filter without the header", () => client.api("/applications").filter("displayName ne 'x'").get());
await step("filter with the header", () => client.api("/applications").header("ConsistencyLevel", "eventual").count(true).filter("displayName ne 'x'").get());
await step("pages", async () => {
  const names = [];
  const first = await client.api("/servicePrincipals").top(2).select("displayName").get();
  const pages = new PageIterator(client, first, (p) => names.push(p.displayName) > 0);
  await pages.iterate();
  return { first: first.value.length, next: first["@odata.nextLink"] ?? "", names };
});

// Consent, roles, owners.
await step("grant consent", async () => {
  const api = await client.api(`/servicePrincipals(appId='${dicomAPI}')`).get();
  return (made.grant = await client.api("/oauth2PermissionGrants").post({
    clientId: made.sp.id, consentType: "AllPrincipals", resourceId: api.id, scope: "Dicom.ReadWrite" }));
});
await step("list grants", () => client.api(`/servicePrincipals/${made.sp.id}/oauth2PermissionGrants`).get());
await step("assign an app role", async () => {
  const graphSP = await client.api("/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')").get();
  return client.api(`/servicePrincipals/${graphSP.id}/appRoleAssignedTo`).post({
    principalId: made.sp.id, resourceId: graphSP.id, appRoleId: graphSP.appRoles.find((r) => r.value === "Application.Read.All").id });
});
await step("the new app reads", () => graph(made.app.appId, made.password.secretText).api("/applications").get());
await step("the new app may not write", () => graph(made.app.appId, made.password.secretText).api("/applications").post({ displayName: "no" }));
await step("an app without roles may not read", () => graph(sandbox.client_id, sandbox.client_secret).api("/applications").get());

// Throttled: the client's own middleware waits and asks again.
await step("throttled", async () => {
  const turn = (method) => fetch(`${sandbox.login_url}/_sandbox/scenarios/graph-throttled`, { method, headers: { "X-Hdstest-Sandbox": "1" } });
  await turn("PUT");
  const started = Date.now();
  const answer = await client.api("/applications").top(1).get();
  await turn("DELETE");
  return { found: answer.value.length, seconds: (Date.now() - started) / 1000 };
});

// What is not there, and the end.
await step("unknown id", () => client.api("/applications/5a4db0c5-0000-4000-8000-000000000000").get());
await step("batch", () => client.api("/$batch").post({ requests: [{ id: "1", method: "GET", url: "/applications" }] }));
await step("not in the sandbox", () => client.api("/devices").get());
await step("delete", () => client.api(`/applications/${made.app.id}`).delete());
await step("read it after", () => client.api(`/applications/${made.app.id}`).get());
await step("in the bin", () => client.api(`/directory/deletedItems/${made.app.id}`).get());
