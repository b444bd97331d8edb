// Drives fhir-kit-client against the FHIR service. It needs no setting but the
// base URL, a bearer token and NODE_EXTRA_CA_CERTS.
import { ClientSecretCredential } from "@azure/identity";
import { CapabilityTool, Client } from "fhir-kit-client";
import { sandbox, step } from "./driver.mjs";

const baseUrl = sandbox.fhir_url;
const options = { authorityHost: sandbox.login_url, disableInstanceDiscovery: true };
const tokenFor = async (scope, id = sandbox.client_id, secret = sandbox.client_secret) =>
  (await new ClientSecretCredential(sandbox.tenant_id, id, secret, options).getToken(scope)).token;
const client = new Client({ baseUrl, bearerToken: await tokenFor(`${baseUrl}/.default`) });
const anybody = new Client({ baseUrl });

// http adds to an answer what its headers say.
const http = (answer, ...names) => {
  const { response } = Client.httpFor(answer);
  return { status: response.status, body: answer, ...Object.fromEntries(names.map((n) => [n, response.headers.get(n)])) };
};
const resourceType = "Patient";
const patient = (family, more = {}) => ({ resourceType, active: true, gender: "female", birthDate: "1970-01-02",
  name: [{ family, given: ["Synthetic"] }], identifier: [{ system: "urn:e2e", value: family }], ...more });
const made = {};

// Without a token: what is open, and what is not.
await step("capabilities", async () => {
  const statement = await anybody.capabilityStatement();
  const tool = new CapabilityTool(statement);
  return { fhirVersion: statement.fhirVersion, publisher: statement.publisher, security: statement.rest[0].security,
    create: tool.resourceCan(resourceType, "create"), byName: tool.resourceSearch(resourceType, "name"), batch: tool.serverCan("batch") };
});
await step("SMART metadata", async () => {
  const { authorizeUrl, tokenUrl } = await anybody.smartAuthMetadata();
  return { authorize: String(authorizeUrl), token: String(tokenUrl) };
});
await step("search without a token", () => anybody.search({ resourceType }));
await step("search with a garbled token", () => new Client({ baseUrl, bearerToken: "garbled" }).search({ resourceType }));
await step("search with a token for DICOM", async () => new Client({ baseUrl,
  bearerToken: await tokenFor("https://dicom.healthcareapis.azure.com/.default") }).search({ resourceType }));
await step("search without a role", async () => new Client({ baseUrl,
  bearerToken: await tokenFor(`${baseUrl}/.default`, sandbox.admin_client_id, sandbox.admin_client_secret) }).search({ resourceType }));

// The life of a resource.
await step("create", async () => http((made.one = await client.create({ resourceType, body: patient("Alpha") })), "etag", "location", "last-modified"));
await step("create, minimal", async () => http(await client.create({ resourceType, body: patient("Beta"),
  options: { headers: { Prefer: "return=minimal" } } }), "location"));
await step("read", async () => http(await client.read({ resourceType, id: made.one.id }), "etag", "x-request-id", "content-type"));
await step("update", async () => http(await client.update({ resourceType, id: made.one.id, body: { ...made.one, active: false } }), "etag"));
await step("update, version mismatch", () => client.update({ resourceType, id: made.one.id, body: patient("Alpha", { id: made.one.id }),
  options: { headers: { "If-Match": 'W/"1"' } } }));
await step("patch", async () => http(await client.patch({ resourceType, id: made.one.id,
  jsonPatch: [{ op: "replace", path: "/gender", value: "other" }] }), "etag"));
await step("vread", () => client.vread({ resourceType, id: made.one.id, version: "1" }));
await step("history", () => client.history({ resourceType, id: made.one.id }));
await step("conditional create", async () => http(await client.create({ resourceType, body: patient("Alpha"),
  options: { headers: { "If-None-Exist": "identifier=urn:e2e|Alpha" } } })));
await step("invalid", () => client.create({ resourceType, body: { resourceType, birthDate: "yesterday" } }));
await step("other type in the body", () => client.create({ resourceType: "Observation", body: patient("Gamma") }));

// Searches.
await step("search by name", () => client.search({ resourceType, searchParams: { name: "alpha" } }));
await step("search, counted", () => client.search({ resourceType, searchParams: { _summary: "count" } }));
await step("search by POST", () => client.search({ resourceType, searchParams: { birthdate: "lt1980-01-01", gender: "female" }, options: { postSearch: true } }));
await step("search, nothing", () => client.search({ resourceType, searchParams: { name: "nobody" } }));
await step("search, strict", () => client.search({ resourceType, searchParams: { nosuch: "1" }, options: { headers: { Prefer: "handling=strict" } } }));
await step("pages", async () => {
  const ids = new Set();
  let pages = 0;
  let bundle = await client.search({ resourceType, searchParams: { _count: "1", _sort: "birthdate" } });
  for (; bundle; bundle = await client.nextPage({ bundle })) {
    pages++;
    for (const entry of bundle.entry ?? []) ids.add(entry.resource.id);
  }
  return { pages, ids: ids.size };
});
await step("include", async () => {
  await client.create({ resourceType: "Observation", body: { resourceType: "Observation", status: "final",
    code: { text: "e2e" }, subject: { reference: `Patient/${made.one.id}` } } });
  return client.search({ resourceType: "Observation", searchParams: { subject: `Patient/${made.one.id}`, _include: "Observation:subject" } });
});
await step("compartment", () => client.compartmentSearch({ resourceType: "Observation", compartment: { resourceType, id: made.one.id } }));

// Bundles and operations.
const entry = (method, url, resource) => ({ request: { method, url }, ...(resource && { resource }) });
await step("batch", () => client.batch({ body: { resourceType: "Bundle", type: "batch", entry: [
  entry("GET", `Patient/${made.one.id}`), entry("GET", "Patient/nobody") ] } }));
await step("transaction", () => client.transaction({ body: { resourceType: "Bundle", type: "transaction", entry: [
  { fullUrl: "urn:uuid:0b9ee9a8-3a4c-4f5e-8b52-06e6a0a6f7aa", ...entry("POST", "Patient", patient("Delta")) },
  entry("POST", "Observation", { resourceType: "Observation", status: "final", code: { text: "e2e" },
    subject: { reference: "urn:uuid:0b9ee9a8-3a4c-4f5e-8b52-06e6a0a6f7aa" } }) ] } }));
await step("transaction, rolled back", () => client.transaction({ body: { resourceType: "Bundle", type: "transaction", entry: [
  entry("POST", "Patient", patient("Epsilon")), entry("GET", "Patient/nobody") ] } }));
await step("nothing of it is there", () => client.search({ resourceType, searchParams: { name: "epsilon" } }));
await step("validate", () => client.operation({ name: "validate", resourceType, input: { resourceType } }));
await step("everything", () => client.operation({ name: "everything", resourceType, id: made.one.id, method: "GET" }));
await step("export without Prefer", () => client.request("$export", { method: "GET" }));

// The end.
await step("delete", async () => http(await client.delete({ resourceType, id: made.one.id })));
await step("read it after", () => client.read({ resourceType, id: made.one.id }));
await step("read what never was", () => client.read({ resourceType, id: "nobody" }));
await step("unknown type", () => client.search({ resourceType: "Nonsense" }));
await step("XML", () => client.search({ resourceType, options: { headers: { accept: "application/fhir+xml" } } }));
