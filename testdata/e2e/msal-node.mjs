// Drives @azure/msal-node as its documentation shows it. The only settings that
// the sandbox needs are knownAuthorities and NODE_EXTRA_CA_CERTS.
import { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from "@azure/msal-node";
import { certificate, claims, device, header, open, sandbox, step } from "./driver.mjs";
import { listen } from "./redirect.mjs";

const known = [new URL(sandbox.authority).host];
const fhir = [`${sandbox.fhir_url}/.default`];
const dicom = ["https://dicom.healthcareapis.azure.com/.default"];

const confidential = (more, authority = sandbox.authority) =>
  new ConfidentialClientApplication({
    auth: { clientId: sandbox.client_id, authority, knownAuthorities: known, ...more },
  });
const publicClient = (clientId = sandbox.public_client_id) =>
  new PublicClientApplication({ auth: { clientId, authority: sandbox.authority, knownAuthorities: known } });

const told = (answer) => ({
  claims: claims(answer.accessToken), header: header(answer.accessToken), type: answer.tokenType, cached: answer.fromCache,
  scopes: answer.scopes, account: answer.account?.username ?? null, subject: answer.idTokenClaims?.sub ?? null,
  seconds: Math.round((answer.expiresOn - Date.now()) / 1000),
});

// Client credentials.
const withSecret = confidential({ clientSecret: sandbox.client_secret });
const credentials = (app, scopes) => async () => told(await app.acquireTokenByClientCredential({ scopes }));
await step("secret, FHIR", credentials(withSecret, fhir));
await step("secret, DICOM", credentials(withSecret, dicom));
await step("secret, FHIR again", credentials(withSecret, fhir));
await step("wrong secret", credentials(confidential({ clientSecret: "wrong" }), fhir));
await step("named scope", credentials(withSecret, [`${sandbox.fhir_url}/user_impersonation`]));
await step("unknown resource", credentials(withSecret, ["https://nobody.invalid/.default"]));
await step("on /organizations", credentials(confidential({ clientSecret: sandbox.client_secret }, `${sandbox.login_url}/organizations`), fhir));
await step("unknown tenant", credentials(confidential({ clientSecret: sandbox.client_secret },
  `${sandbox.login_url}/5a4db0c5-0000-4000-8000-000000000000`), fhir));

const own = certificate(sandbox.certificate_file);
const foreign = certificate(process.env.FOREIGN_CERTIFICATE);
const signed = (clientCertificate) => confidential({ clientCertificate });
await step("certificate by SHA-256", credentials(signed({ thumbprintSha256: own.sha256, privateKey: own.key }), fhir));
await step("certificate with its chain", credentials(signed({ thumbprintSha256: own.sha256, privateKey: own.key, x5c: own.leaf }), fhir));
await step("certificate by SHA-1", credentials(signed({ thumbprint: own.sha1, privateKey: own.key }), dicom));
await step("foreign certificate", credentials(signed({ thumbprintSha256: foreign.sha256, privateKey: foreign.key }), fhir));
await step("own thumbprint, foreign key", credentials(signed({ thumbprintSha256: own.sha256, privateKey: foreign.key }), fhir));

// Interactive: the library's own listener, which takes form_post only.
const person = publicClient();
await step("interactive", async () => told(await person.acquireTokenInteractive({ scopes: fhir, openBrowser: async (url) => open(url) })));
const account = (await person.getAllAccounts())[0];
await step("silent, from the cache", async () => told(await person.acquireTokenSilent({ account, scopes: fhir })));
await step("silent, refreshed", async () => told(await person.acquireTokenSilent({ account, scopes: fhir, forceRefresh: true })));
await step("silent, another resource", async () => told(await person.acquireTokenSilent({ account, scopes: dicom })));

// Authorization code with a listener of our own, response_mode query.
async function code(app, scopes, tamper = (request) => request) {
  const { redirectUri, state, code } = await listen();
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  open(await app.getAuthCodeUrl({ scopes, redirectUri, state, codeChallenge: challenge, codeChallengeMethod: "S256", responseMode: "query" }));
  return app.acquireTokenByCode(tamper({ scopes, redirectUri, code: await code, codeVerifier: verifier }));
}

await step("code, confidential", async () => told(await code(withSecret, fhir)));
await step("code, public, named scope", async () => told(await code(publicClient(), [`${sandbox.fhir_url}/user_impersonation`])));
await step("code, wrong verifier", async () => told(await code(publicClient(), fhir, (r) => ({ ...r, codeVerifier: "v".repeat(43) }))));
await step("code, twice", async () => {
  let kept;
  const app = publicClient();
  await code(app, fhir, (request) => (kept = request));
  return told(await app.acquireTokenByCode(kept));
});

// Refresh token by hand, as an app does that moves from another library.
await step("refresh token", async () => {
  const cached = JSON.parse(person.getTokenCache().serialize());
  const refreshToken = Object.values(cached.RefreshToken)[0].secret;
  return told(await publicClient().acquireTokenByRefreshToken({ refreshToken, scopes: dicom }));
});

// Device code.
const byDevice = (scopes, decline) => publicClient().acquireTokenByDeviceCode({
  scopes, deviceCodeCallback: (r) => device(r.verificationUri, r.userCode, decline),
});
await step("device code", async () => told(await byDevice(fhir)));
await step("device code, declined", async () => told(await byDevice(dicom, true)));
await step("device code, confidential app", async () => told(await publicClient(sandbox.client_id).acquireTokenByDeviceCode({
  scopes: fhir, deviceCodeCallback: () => {},
})));
