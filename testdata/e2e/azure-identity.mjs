// Drives @azure/identity. The only settings that the sandbox needs are
// authorityHost, disableInstanceDiscovery and NODE_EXTRA_CA_CERTS.
import { existsSync, readFileSync, rmSync } from "node:fs";
import {
  AuthorizationCodeCredential, ClientAssertionCredential, ClientCertificateCredential, ClientSecretCredential,
  DeviceCodeCredential, EnvironmentCredential, InteractiveBrowserCredential, WorkloadIdentityCredential,
} from "@azure/identity";
import { claims, device, header, open, sandbox, step } from "./driver.mjs";
import { askForCode } from "./redirect.mjs";

const { tenant_id: tenant, client_id: client, client_secret: secret, public_client_id: publicClient } = sandbox;
const options = { authorityHost: sandbox.login_url, disableInstanceDiscovery: true };
const fhir = `${sandbox.fhir_url}/.default`;
const dicom = "https://dicom.healthcareapis.azure.com/.default";

const told = (answer) => ({
  claims: claims(answer.token), header: header(answer.token), type: answer.tokenType,
  seconds: Math.round((answer.expiresOnTimestamp - Date.now()) / 1000),
});
const token = (credential, scope = fhir, more = {}) => async () => told(await credential().getToken(scope, more));

await step("secret", token(() => new ClientSecretCredential(tenant, client, secret, options)));
await step("secret, CAE", token(() => new ClientSecretCredential(tenant, client, secret, options), fhir, { enableCae: true }));
await step("secret, tenant by name", token(() => new ClientSecretCredential(sandbox.tenant_domain, client, secret, options)));
await step("wrong secret", token(() => new ClientSecretCredential(tenant, client, "wrong", options)));
await step("unknown client", token(() => new ClientSecretCredential(tenant, "5a4db0c5-0000-4000-8000-000000000000", secret, options)));
await step("named scope", token(() => new ClientSecretCredential(tenant, client, secret, options), `${sandbox.fhir_url}/user_impersonation`));
await step("certificate", token(() => new ClientCertificateCredential(tenant, client, sandbox.certificate_file, options), dicom));
await step("certificate with its chain", token(() => new ClientCertificateCredential(tenant, client, sandbox.certificate_file,
  { ...options, sendCertificateChain: true }), dicom));
await step("foreign certificate", token(() => new ClientCertificateCredential(tenant, client, process.env.FOREIGN_CERTIFICATE, options)));

// A token of an outside issuer, as a cluster or GitHub gives it.
const federated = async () => readFileSync(sandbox.federated_token_file, "utf8");
await step("federated", token(() => new ClientAssertionCredential(tenant, client, federated, options)));
await step("federated, garbage", token(() => new ClientAssertionCredential(tenant, client, async () => "no token", options)));
await step("workload identity", token(() => new WorkloadIdentityCredential({
  tenantId: tenant, clientId: client, tokenFilePath: sandbox.federated_token_file, ...options }), dicom));

// The environment names, as a container sets them.
const environment = (more) => () => {
  for (const name of Object.keys(process.env)) if (name.startsWith("AZURE_")) delete process.env[name];
  Object.assign(process.env, { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client, AZURE_AUTHORITY_HOST: sandbox.login_url, ...more });
  return new EnvironmentCredential({ disableInstanceDiscovery: true });
};
await step("environment, secret", token(environment({ AZURE_CLIENT_SECRET: secret })));
await step("environment, certificate", token(environment({ AZURE_CLIENT_CERTIFICATE_PATH: sandbox.certificate_file })));

// Signed-in people.
await step("device code", token(() => new DeviceCodeCredential({ tenantId: tenant, clientId: publicClient, ...options,
  userPromptCallback: (asked) => device(asked.verificationUri, asked.userCode) })));
await step("authorization code", async () => {
  const scope = `${fhir} openid offline_access`;
  const { code, redirectUri } = await askForCode(client, scope);
  return told(await new AuthorizationCodeCredential(tenant, client, secret, code, redirectUri, options).getToken(fhir));
});
await step("interactive browser", async () => {
  // The credential runs xdg-open, which runs $BROWSER; that one writes the address down.
  const file = process.env.BROWSER_ADDRESS;
  const waiting = setInterval(() => {
    if (!existsSync(file)) return;
    open(readFileSync(file, "utf8").trim());
    rmSync(file);
  }, 50);
  try {
    const credential = new InteractiveBrowserCredential({ tenantId: tenant, clientId: publicClient, redirectUri: "http://localhost", ...options });
    return told(await credential.getToken(dicom));
  } finally {
    clearInterval(waiting);
  }
});
