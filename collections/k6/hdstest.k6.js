// hdstest: connectivity checks for Azure Health Data Services.
//
// Once:  K6_NO_USAGE_REPORT=true k6 run hdstest.k6.js
// Load:  k6 run --vus 20 --duration 10m hdstest.k6.js
// Settings are in hdstest.k6.env.json, or given as -e name=value. What changes data
// is sent only with -e allow_writes=true.
const environmentFile = "hdstest.k6.env.json";
const environment = JSON.parse(open('./' + environmentFile));
const uids = {study_uid: "2.25.302647561602638105831851011093875540526", series_uid: "2.25.164953389799279448224089617519357113049", instance_uid: "2.25.190292916259108477442110460960785702268", second_instance_uid: "2.25.324371828361005820374955959786657641788", absent_uid: "2.25.79141170627827844438469475201321296974"};
const files = {
  "dicom.store": open("./hdstest-1.dcm.multipart", 'b'),
  "dicom.store.again": open("./hdstest-1.dcm.multipart", 'b'),
  "dicom.upsert": open("./hdstest-1.dcm.multipart", 'b'),
  "dicom.store.single": open("./hdstest-2.dcm", 'b'),
  "dicom.store.last": open("./hdstest-2.dcm", 'b'),
};

import http from 'k6/http';
import { check, group } from 'k6';

// A variable of the process (k6 run -e name=value) goes before the file.
function setting(name) {
  if (__ENV[name]) {
    return __ENV[name];
  }
  if (name === 'dicomroot' && !environment[name]) {
    return setting('dicomurl').replace(/\/v[0-9]+$/, '');
  }
  return environment[name] === undefined ? '' : environment[name];
}

function scopeOf(service) {
  const scope = setting(service + 'scope');
  return scope || setting(service + 'url') + '/.default';
}

function required(names) {
  const missing = names.filter((name) => setting(name) === '');
  if (missing.length > 0) {
    throw new Error('no value for ' + missing.join(', ') + ': fill in ' + environmentFile + ' or give -e ' + missing[0] + '=…');
  }
}

// One token for each service and virtual user, fetched anew five minutes before
// its end.
const tokens = {};

function tokenFor(service, variable) {
  const token = tokens[service];
  if (token && Date.now() < (token.text ? token.ends - 300000 : token.ends)) {
    return token.text;
  }
  const form = { grant_type: 'client_credentials', client_id: setting('clientid'), scope: scopeOf(service) };
  if (setting('clientassertion') !== '') {
    form.client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    form.client_assertion = setting('clientassertion');
  } else if (setting('clientsecret') !== '') {
    form.client_secret = setting('clientsecret');
  } else {
    return setting(variable); // a token that was got elsewhere
  }
  const response = http.post(setting('authority') + '/' + setting('tenantid') + '/oauth2/v2.0/token', form, {
    headers: { Accept: 'application/json' }, redirects: 0,
    tags: { name: 'token.' + service }, responseCallback: http.expectedStatuses(200),
  });
  const answer = parse(response.body) || {};
  check(response, {
    ['token.' + service + ': status 200']: (r) => r.status === 200,
    ['token.' + service + ': access_token is there']: () => typeof answer.access_token === 'string',
  });
  if (response.status !== 200 || typeof answer.access_token !== 'string') {
    tokens[service] = { text: '', ends: Date.now() + 10000 }; // a pause before the next attempt
    console.error('no token for the ' + service + ' service: ' + (answer.error_description || response.error || 'status ' + response.status));
    return '';
  }
  tokens[service] = { text: answer.access_token, ends: Date.now() + 1000 * Number(answer.expires_in || 0) };
  return answer.access_token;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch (ignored) {
    return undefined;
  }
}

// A run is what one iteration of one virtual user does: its own mark and its own
// UIDs, so that many can store at the same time.
function newRun() {
  const vars = Object.assign({}, uids, { run_id: crypto.randomUUID() });
  for (const name of Object.keys(uids)) {
    vars[name] = uids[name].slice(0, -12) + String(Math.floor(Math.random() * 1e12)).padStart(12, '0');
  }
  return { vars: vars, done: {} };
}

// personalised gives the bytes of a file with the UIDs of this run in the place of
// the file's own. They have the same length.
function personalised(file, run) {
  const bytes = new Uint8Array(file.slice(0));
  for (const name of Object.keys(uids)) {
    replaceAll(bytes, ascii(uids[name]), ascii(run.vars[name]));
  }
  return bytes.buffer;
}

function ascii(text) {
  return Uint8Array.from(Array.from(text, (c) => c.charCodeAt(0)));
}

function replaceAll(bytes, from, to) {
  for (let i = 0; i + from.length <= bytes.length; i++) {
    let j = 0;
    while (j < from.length && bytes[i + j] === from[j]) {
      j++;
    }
    if (j === from.length) {
      bytes.set(to, i);
    }
  }
}

function fail(request, why) {
  check(null, { [request.id + ': ' + why]: () => false });
}

// send sends a request if it may be sent, checks the answer and keeps what later
// requests of the same run use.
function send(run, request) {
  run.done[request.id] = false;
  for (const name of Object.keys(request.captures || {})) {
    delete run.vars[name];
  }
  const missing = (request.after || []).filter((id) => !run.done[id]);
  if (missing.length > 0) {
    fail(request, 'not sent, since ' + missing.join(', ') + ' has not succeeded in this run');
    return;
  }
  const headers = Object.assign({}, request.headers);
  if (request.token) {
    const token = tokenFor(request.service, request.token);
    if (!token) {
      fail(request, 'not sent, since there is no token');
      return;
    }
    headers.Authorization = 'Bearer ' + token;
  }
  const value = (name) => String(run.vars[name]);
  let sent = null;
  if (request.file) {
    sent = personalised(request.file, run);
  } else if (request.body) {
    sent = request.body(value);
  }
  const response = http.request(request.method, setting(request.base) + request.address(value), sent, {
    headers: headers, redirects: 0, tags: { name: request.id }, responseCallback: http.expectedStatuses(...request.statuses),
    responseType: request.binary ? 'binary' : 'text',
  });
  judge(run, request, response, value);
}

function judge(run, request, response, value) {
  const status = response.status;
  const text = typeof response.body === 'string' ? response.body : '';
  const body = parse(text);
  const at = (path) => path.reduce((found, step) => (found === undefined || found === null ? undefined : found[step]), body);
  const header = (name) => {
    const key = Object.keys(response.headers).find((known) => known.toLowerCase() === name.toLowerCase());
    return key === undefined ? '' : String(response.headers[key]).toLowerCase();
  };
  const good = request.statuses.indexOf(status) >= 0;
  let all = check(response, { [request.id + ': status ' + request.statuses.join(' or ')]: () => good });
  if (!good) {
    return;
  }
  const checks = request.checks ? request.checks(status, text, body, at, header, value) : {};
  for (const name of Object.keys(checks)) {
    all = check(response, { [request.id + ': ' + name]: () => checks[name] }) && all;
  }
  for (const name of Object.keys(request.captures || {})) {
    const found = at(request.captures[name]);
    if (found === undefined || found === null || found === '') {
      return; // without an id nothing that builds on it may be sent
    }
    run.vars[name] = String(found);
  }
  run.done[request.id] = all;
  (request.undoes || []).forEach((id) => { run.done[id] = false; });
}

// Every check must hold. To judge speed too, add thresholds such as
// 'http_req_duration{name:fhir.patient.list}': ['p(95)<800'].
export const options = {
  vus: 1,
  iterations: 1,
  thresholds: { checks: ['rate==1.0'] },
};

export default function () {
  required(["fhirurl", "dicomurl"]);
  const run = newRun();
  group("FHIR: without a token", () => {
    // Health check
    send(run, {
      id: "fhir.health", service: "fhir", method: "GET", base: "fhirurl",
      address: (value) => "/health/check",
      headers: { "Accept": "application/json" },
      statuses: [200],
      checks: (status, text, body, at, header, value) => ({
        "overallStatus is Healthy": String(at(["overallStatus"])) === "Healthy",
      }),
    });
    // Capability statement
    send(run, {
      id: "fhir.metadata", service: "fhir", method: "GET", base: "fhirurl",
      address: (value) => "/metadata",
      headers: { "Accept": "application/fhir+json" },
      statuses: [200],
      checks: (status, text, body, at, header, value) => ({
        "resourceType is CapabilityStatement": String(at(["resourceType"])) === "CapabilityStatement",
        "fhirVersion is there": at(["fhirVersion"]) !== undefined && at(["fhirVersion"]) !== null,
      }),
    });
    // SMART configuration
    send(run, {
      id: "fhir.smart-configuration", service: "fhir", method: "GET", base: "fhirurl",
      address: (value) => "/.well-known/smart-configuration",
      headers: { "Accept": "application/json" },
      statuses: [200],
      checks: (status, text, body, at, header, value) => ({
        "authorization_endpoint is there": at(["authorization_endpoint"]) !== undefined && at(["authorization_endpoint"]) !== null,
        "token_endpoint is there": at(["token_endpoint"]) !== undefined && at(["token_endpoint"]) !== null,
      }),
    });
    // FHIR versions
    send(run, {
      id: "fhir.versions", service: "fhir", method: "GET", base: "fhirurl",
      address: (value) => "/$versions",
      headers: { "Accept": "application/json" },
      statuses: [200],
      checks: (status, text, body, at, header, value) => ({
        "versions[0] is there": at(["versions", 0]) !== undefined && at(["versions", 0]) !== null,
        "default is there": at(["default"]) !== undefined && at(["default"]) !== null,
      }),
    });
    // Patient without a token is refused
    send(run, {
      id: "fhir.challenge", service: "fhir", method: "GET", base: "fhirurl",
      address: (value) => "/Patient",
      headers: { "Accept": "application/fhir+json" },
      statuses: [401],
      checks: (status, text, body, at, header, value) => ({
        "header WWW-Authenticate with Bearer": header("WWW-Authenticate").indexOf("bearer") >= 0,
      }),
    });
  });
  group("FHIR: reading", () => {
    // Count patients
    send(run, {
      id: "fhir.patient.count", service: "fhir", method: "GET", base: "fhirurl",
      address: (value) => "/Patient?_summary=count",
      token: "bearerToken",
      headers: { "Accept": "application/fhir+json" },
      statuses: [200],
      checks: (status, text, body, at, header, value) => ({
        "resourceType is Bundle": String(at(["resourceType"])) === "Bundle",
        "type is searchset": String(at(["type"])) === "searchset",
        "total is there": at(["total"]) !== undefined && at(["total"]) !== null,
      }),
    });
    // Search one patient
    send(run, {
      id: "fhir.patient.list", service: "fhir", method: "GET", base: "fhirurl",
      address: (value) => "/Patient?_count=1",
      token: "bearerToken",
      headers: { "Accept": "application/fhir+json" },
      statuses: [200],
      checks: (status, text, body, at, header, value) => ({
        "resourceType is Bundle": String(at(["resourceType"])) === "Bundle",
        "type is searchset": String(at(["type"])) === "searchset",
      }),
    });
    // Search one observation
    send(run, {
      id: "fhir.observation.list", service: "fhir", method: "GET", base: "fhirurl",
      address: (value) => "/Observation?_count=1",
      token: "bearerToken",
      headers: { "Accept": "application/fhir+json" },
      statuses: [200],
      checks: (status, text, body, at, header, value) => ({
        "resourceType is Bundle": String(at(["resourceType"])) === "Bundle",
        "type is searchset": String(at(["type"])) === "searchset",
      }),
    });
  });
  if (setting('allow_writes') === 'true') {
    group("FHIR: writing (changes data)", () => {
      // Create a synthetic patient
      send(run, {
        id: "fhir.patient.create", service: "fhir", method: "POST", base: "fhirurl",
        address: (value) => "/Patient",
        token: "bearerToken",
        headers: { "Accept": "application/fhir+json", "Content-Type": "application/fhir+json" },
        body: (value) => "{\n  \"resourceType\": \"Patient\",\n  \"meta\": {\n    \"tag\": [\n      {\"system\": \"https://hdstest.example/tag\", \"code\": \"synthetic\"},\n      {\"system\": \"http://terminology.hl7.org/CodeSystem/v3-ActReason\", \"code\": \"HTEST\"}\n    ]\n  },\n  \"identifier\": [{\"system\": \"https://hdstest.example/run\", \"value\": \"" + value("run_id") + "\"}],\n  \"active\": false,\n  \"name\": [{\"family\": \"Hdstest\", \"given\": [\"Synthetic\"]}],\n  \"gender\": \"unknown\",\n  \"birthDate\": \"1960-12-25\"\n}",
        captures: { patient_id: ["id"] },
        statuses: [201],
        checks: (status, text, body, at, header, value) => ({
          "header Location": header("Location") !== "",
          "resourceType is Patient": String(at(["resourceType"])) === "Patient",
          "id is there": at(["id"]) !== undefined && at(["id"]) !== null,
        }),
      });
      // Read the patient
      send(run, {
        id: "fhir.patient.read", service: "fhir", method: "GET", base: "fhirurl",
        address: (value) => "/Patient/" + encodeURIComponent(value("patient_id")),
        token: "bearerToken",
        headers: { "Accept": "application/fhir+json" },
        after: ["fhir.patient.create"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "resourceType is Patient": String(at(["resourceType"])) === "Patient",
          "id is patient_id": String(at(["id"])) === value("patient_id"),
        }),
      });
      // Find the patient by tag and identifier
      send(run, {
        id: "fhir.patient.search", service: "fhir", method: "GET", base: "fhirurl",
        address: (value) => "/Patient?_tag=https%3A%2F%2Fhdstest.example%2Ftag%7Csynthetic&identifier=https%3A%2F%2Fhdstest.example%2Frun%7C" + encodeURIComponent(value("run_id")),
        token: "bearerToken",
        headers: { "Accept": "application/fhir+json" },
        after: ["fhir.patient.create"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "resourceType is Bundle": String(at(["resourceType"])) === "Bundle",
          "entry[0].resource.resourceType is Patient": String(at(["entry", 0, "resource", "resourceType"])) === "Patient",
          "entry[0].resource.identifier[0].value is run_id": String(at(["entry", 0, "resource", "identifier", 0, "value"])) === value("run_id"),
          "entry[1] is not there": body !== undefined && (at(["entry", 1]) === undefined || at(["entry", 1]) === null),
        }),
      });
      // Update the patient
      send(run, {
        id: "fhir.patient.update", service: "fhir", method: "PUT", base: "fhirurl",
        address: (value) => "/Patient/" + encodeURIComponent(value("patient_id")),
        token: "bearerToken",
        headers: { "Accept": "application/fhir+json", "Content-Type": "application/fhir+json" },
        body: (value) => "{\n  \"resourceType\": \"Patient\",\n  \"id\": \"" + value("patient_id") + "\",\n  \"meta\": {\n    \"tag\": [\n      {\"system\": \"https://hdstest.example/tag\", \"code\": \"synthetic\"},\n      {\"system\": \"http://terminology.hl7.org/CodeSystem/v3-ActReason\", \"code\": \"HTEST\"}\n    ]\n  },\n  \"identifier\": [{\"system\": \"https://hdstest.example/run\", \"value\": \"" + value("run_id") + "\"}],\n  \"active\": false,\n  \"name\": [{\"family\": \"Hdstest\", \"given\": [\"Synthetic\"]}],\n  \"gender\": \"other\",\n  \"birthDate\": \"1960-12-25\"\n}",
        after: ["fhir.patient.create"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "id is patient_id": String(at(["id"])) === value("patient_id"),
          "gender is other": String(at(["gender"])) === "other",
        }),
      });
      // Update the patient by its identifier
      send(run, {
        id: "fhir.patient.conditional-update", service: "fhir", method: "PUT", base: "fhirurl",
        address: (value) => "/Patient?identifier=https%3A%2F%2Fhdstest.example%2Frun%7C" + encodeURIComponent(value("run_id")),
        token: "bearerToken",
        headers: { "Accept": "application/fhir+json", "Content-Type": "application/fhir+json" },
        body: (value) => "{\n  \"resourceType\": \"Patient\",\n  \"meta\": {\n    \"tag\": [\n      {\"system\": \"https://hdstest.example/tag\", \"code\": \"synthetic\"},\n      {\"system\": \"http://terminology.hl7.org/CodeSystem/v3-ActReason\", \"code\": \"HTEST\"}\n    ]\n  },\n  \"identifier\": [{\"system\": \"https://hdstest.example/run\", \"value\": \"" + value("run_id") + "\"}],\n  \"active\": false,\n  \"name\": [{\"family\": \"Hdstest\", \"given\": [\"Synthetic\"]}],\n  \"gender\": \"other\",\n  \"birthDate\": \"1960-12-25\"\n}",
        after: ["fhir.patient.create"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "id is patient_id": String(at(["id"])) === value("patient_id"),
        }),
      });
      // History of the patient
      send(run, {
        id: "fhir.patient.history", service: "fhir", method: "GET", base: "fhirurl",
        address: (value) => "/Patient/" + encodeURIComponent(value("patient_id")) + "/_history",
        token: "bearerToken",
        headers: { "Accept": "application/fhir+json" },
        after: ["fhir.patient.update"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "resourceType is Bundle": String(at(["resourceType"])) === "Bundle",
          "type is history": String(at(["type"])) === "history",
          "entry[0].resource.id is patient_id": String(at(["entry", 0, "resource", "id"])) === value("patient_id"),
          "entry[1] is there": at(["entry", 1]) !== undefined && at(["entry", 1]) !== null,
        }),
      });
      // Create a synthetic observation
      send(run, {
        id: "fhir.observation.create", service: "fhir", method: "POST", base: "fhirurl",
        address: (value) => "/Observation",
        token: "bearerToken",
        headers: { "Accept": "application/fhir+json", "Content-Type": "application/fhir+json" },
        body: (value) => "{\n  \"resourceType\": \"Observation\",\n  \"meta\": {\n    \"tag\": [\n      {\"system\": \"https://hdstest.example/tag\", \"code\": \"synthetic\"},\n      {\"system\": \"http://terminology.hl7.org/CodeSystem/v3-ActReason\", \"code\": \"HTEST\"}\n    ]\n  },\n  \"identifier\": [{\"system\": \"https://hdstest.example/run\", \"value\": \"" + value("run_id") + "\"}],\n  \"status\": \"final\",\n  \"code\": {\"coding\": [{\"system\": \"http://loinc.org\", \"code\": \"29463-7\", \"display\": \"Body weight\"}]},\n  \"subject\": {\"reference\": \"Patient/" + value("patient_id") + "\"},\n  \"effectiveDateTime\": \"2020-01-01\",\n  \"valueQuantity\": {\"value\": 70, \"unit\": \"kg\", \"system\": \"http://unitsofmeasure.org\", \"code\": \"kg\"}\n}",
        after: ["fhir.patient.create"],
        captures: { observation_id: ["id"] },
        statuses: [201],
        checks: (status, text, body, at, header, value) => ({
          "header Location": header("Location") !== "",
          "resourceType is Observation": String(at(["resourceType"])) === "Observation",
          "id is there": at(["id"]) !== undefined && at(["id"]) !== null,
        }),
      });
      // Read the observation
      send(run, {
        id: "fhir.observation.read", service: "fhir", method: "GET", base: "fhirurl",
        address: (value) => "/Observation/" + encodeURIComponent(value("observation_id")),
        token: "bearerToken",
        headers: { "Accept": "application/fhir+json" },
        after: ["fhir.observation.create"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "resourceType is Observation": String(at(["resourceType"])) === "Observation",
          "id is observation_id": String(at(["id"])) === value("observation_id"),
        }),
      });
      // Find the observation of the patient
      send(run, {
        id: "fhir.observation.search", service: "fhir", method: "GET", base: "fhirurl",
        address: (value) => "/Observation?subject=Patient%2F" + encodeURIComponent(value("patient_id")) + "&identifier=https%3A%2F%2Fhdstest.example%2Frun%7C" + encodeURIComponent(value("run_id")),
        token: "bearerToken",
        headers: { "Accept": "application/fhir+json" },
        after: ["fhir.observation.create"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "resourceType is Bundle": String(at(["resourceType"])) === "Bundle",
          "entry[0].resource.resourceType is Observation": String(at(["entry", 0, "resource", "resourceType"])) === "Observation",
          "entry[0].resource.identifier[0].value is run_id": String(at(["entry", 0, "resource", "identifier", 0, "value"])) === value("run_id"),
          "entry[1] is not there": body !== undefined && (at(["entry", 1]) === undefined || at(["entry", 1]) === null),
        }),
      });
      // Everything of the patient
      send(run, {
        id: "fhir.patient.everything", service: "fhir", method: "GET", base: "fhirurl",
        address: (value) => "/Patient/" + encodeURIComponent(value("patient_id")) + "/$everything",
        token: "bearerToken",
        headers: { "Accept": "application/fhir+json" },
        after: ["fhir.observation.create"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "resourceType is Bundle": String(at(["resourceType"])) === "Bundle",
          "type is searchset": String(at(["type"])) === "searchset",
          "entry[0] is there": at(["entry", 0]) !== undefined && at(["entry", 0]) !== null,
        }),
      });
      // Create a patient and amend the observation, both or none
      send(run, {
        id: "fhir.transaction", service: "fhir", method: "POST", base: "fhirurl",
        address: (value) => "/",
        token: "bearerToken",
        headers: { "Accept": "application/fhir+json", "Content-Type": "application/fhir+json" },
        body: (value) => "{\n  \"resourceType\": \"Bundle\",\n  \"type\": \"transaction\",\n  \"entry\": [\n    {\n      \"resource\": {\"resourceType\": \"Patient\", \"id\": \"" + value("run_id") + "\", \"active\": false,\n        \"meta\": {\"tag\": [{\"system\": \"https://hdstest.example/tag\", \"code\": \"synthetic\"}]},\n        \"identifier\": [{\"system\": \"https://hdstest.example/run\", \"value\": \"" + value("run_id") + "-transaction\"}]},\n      \"request\": {\"method\": \"PUT\", \"url\": \"Patient/" + value("run_id") + "\"}\n    },\n    {\n      \"resource\": {\"resourceType\": \"Observation\", \"id\": \"" + value("observation_id") + "\", \"meta\": {\n    \"tag\": [\n      {\"system\": \"https://hdstest.example/tag\", \"code\": \"synthetic\"},\n      {\"system\": \"http://terminology.hl7.org/CodeSystem/v3-ActReason\", \"code\": \"HTEST\"}\n    ]\n  },\n  \"identifier\": [{\"system\": \"https://hdstest.example/run\", \"value\": \"" + value("run_id") + "\"}],\n        \"status\": \"amended\", \"code\": {\"text\": \"Body weight\"}, \"subject\": {\"reference\": \"Patient/" + value("patient_id") + "\"}},\n      \"request\": {\"method\": \"PUT\", \"url\": \"Observation/" + value("observation_id") + "\"}\n    }\n  ]\n}",
        after: ["fhir.observation.create"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "resourceType is Bundle": String(at(["resourceType"])) === "Bundle",
          "type is transaction-response": String(at(["type"])) === "transaction-response",
          "entry[0].response.status is there": at(["entry", 0, "response", "status"]) !== undefined && at(["entry", 0, "response", "status"]) !== null,
          "entry[1].response.status is there": at(["entry", 1, "response", "status"]) !== undefined && at(["entry", 1, "response", "status"]) !== null,
        }),
      });
      // Read the patient of the transaction
      send(run, {
        id: "fhir.transaction.read", service: "fhir", method: "GET", base: "fhirurl",
        address: (value) => "/Patient/" + encodeURIComponent(value("run_id")),
        token: "bearerToken",
        headers: { "Accept": "application/fhir+json" },
        after: ["fhir.transaction"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "resourceType is Patient": String(at(["resourceType"])) === "Patient",
          "id is run_id": String(at(["id"])) === value("run_id"),
        }),
      });
      // Delete the patient of the transaction
      send(run, {
        id: "fhir.transaction.delete", service: "fhir", method: "DELETE", base: "fhirurl",
        address: (value) => "/Patient/" + encodeURIComponent(value("run_id")),
        token: "bearerToken",
        headers: { "Accept": "application/fhir+json" },
        after: ["fhir.transaction"],
        undoes: ["fhir.transaction"],
        statuses: [204, 200],
      });
      // Delete the observation
      send(run, {
        id: "fhir.observation.delete", service: "fhir", method: "DELETE", base: "fhirurl",
        address: (value) => "/Observation/" + encodeURIComponent(value("observation_id")),
        token: "bearerToken",
        headers: { "Accept": "application/fhir+json" },
        after: ["fhir.observation.create"],
        undoes: ["fhir.observation.create"],
        statuses: [204, 200],
      });
      // Delete the patient
      send(run, {
        id: "fhir.patient.delete", service: "fhir", method: "DELETE", base: "fhirurl",
        address: (value) => "/Patient/" + encodeURIComponent(value("patient_id")),
        token: "bearerToken",
        headers: { "Accept": "application/fhir+json" },
        after: ["fhir.patient.create"],
        undoes: ["fhir.patient.create"],
        statuses: [204, 200],
      });
      // Read the deleted patient
      send(run, {
        id: "fhir.patient.gone", service: "fhir", method: "GET", base: "fhirurl",
        address: (value) => "/Patient/" + encodeURIComponent(value("patient_id")),
        token: "bearerToken",
        headers: { "Accept": "application/fhir+json" },
        after: ["fhir.patient.delete"],
        statuses: [410],
      });
    });
  }
  group("DICOM: without a token", () => {
    // Health check
    send(run, {
      id: "dicom.health", service: "dicom", method: "GET", base: "dicomroot",
      address: (value) => "/health/check",
      headers: { "Accept": "application/json" },
      statuses: [200],
      checks: (status, text, body, at, header, value) => ({
        "overallStatus is Healthy": String(at(["overallStatus"])) === "Healthy",
      }),
    });
    // Studies without a token are refused
    send(run, {
      id: "dicom.challenge", service: "dicom", method: "GET", base: "dicomurl",
      address: (value) => "/studies?limit=1",
      headers: { "Accept": "application/dicom+json" },
      statuses: [401],
      checks: (status, text, body, at, header, value) => ({
        "header WWW-Authenticate with Bearer": header("WWW-Authenticate").indexOf("bearer") >= 0,
      }),
    });
  });
  group("DICOM: reading", () => {
    // Latest entry of the change feed
    send(run, {
      id: "dicom.changefeed.latest", service: "dicom", method: "GET", base: "dicomurl",
      address: (value) => "/changefeed/latest?includeMetadata=false",
      token: "dicomBearerToken",
      headers: { "Accept": "application/json" },
      statuses: [200, 204],
    });
    // Change feed
    send(run, {
      id: "dicom.changefeed.list", service: "dicom", method: "GET", base: "dicomurl",
      address: (value) => "/changefeed?limit=1&includeMetadata=false",
      token: "dicomBearerToken",
      headers: { "Accept": "application/json" },
      statuses: [200],
      checks: (status, text, body, at, header, value) => ({
        "body is a list": Array.isArray(at([])),
      }),
    });
    // Search one study (QIDO-RS)
    send(run, {
      id: "dicom.studies.list", service: "dicom", method: "GET", base: "dicomurl",
      address: (value) => "/studies?limit=1",
      token: "dicomBearerToken",
      headers: { "Accept": "application/dicom+json" },
      statuses: [200, 204],
      checks: (status, text, body, at, header, value) => ({
        "body is a list on status 200": status !== 200 || (Array.isArray(at([]))),
      }),
    });
    // Search a study that is not there
    send(run, {
      id: "dicom.studies.absent", service: "dicom", method: "GET", base: "dicomurl",
      address: (value) => "/studies?StudyInstanceUID=" + encodeURIComponent(value("absent_uid")),
      token: "dicomBearerToken",
      headers: { "Accept": "application/dicom+json" },
      statuses: [204, 200],
      checks: (status, text, body, at, header, value) => ({
        "body is a list on status 200": status !== 200 || (Array.isArray(at([]))),
        "[0] is not there on status 200": status !== 200 || (body !== undefined && (at([0]) === undefined || at([0]) === null)),
      }),
    });
    // Extended query tags
    send(run, {
      id: "dicom.tags.list", service: "dicom", method: "GET", base: "dicomurl",
      address: (value) => "/extendedquerytags?limit=1",
      token: "dicomBearerToken",
      headers: { "Accept": "application/json" },
      statuses: [200],
      checks: (status, text, body, at, header, value) => ({
        "body is a list": Array.isArray(at([])),
      }),
    });
  });
  if (setting('allow_writes') === 'true') {
    group("DICOM: writing (changes data)", () => {
      // Store an instance (STOW-RS)
      send(run, {
        id: "dicom.store", service: "dicom", method: "POST", base: "dicomurl",
        address: (value) => "/studies",
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json", "Content-Type": "multipart/related; type=\"application/dicom\"; boundary=hdstest-boundary-7f1c2a9d" },
        file: files["dicom.store"],
        statuses: [200, 202, 409],
        checks: (status, text, body, at, header, value) => ({
          "00081199.Value[0].00081155.Value[0] is instance_uid on status 200": status !== 200 || (String(at(["00081199", "Value", 0, "00081155", "Value", 0])) === value("instance_uid")),
          "00081199.Value[0].00081155.Value[0] is instance_uid on status 202": status !== 202 || (String(at(["00081199", "Value", 0, "00081155", "Value", 0])) === value("instance_uid")),
          "00081198.Value[0].00081197.Value[0] is 45070 on status 409": status !== 409 || (String(at(["00081198", "Value", 0, "00081197", "Value", 0])) === "45070"),
          "00081198.Value[0].00081155.Value[0] is instance_uid on status 409": status !== 409 || (String(at(["00081198", "Value", 0, "00081155", "Value", 0])) === value("instance_uid")),
        }),
      });
      // Search the stored study (QIDO-RS)
      send(run, {
        id: "dicom.stored.studies", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/studies?StudyInstanceUID=" + encodeURIComponent(value("study_uid")),
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json" },
        after: ["dicom.store"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "[0].0020000D.Value[0] is study_uid": String(at([0, "0020000D", "Value", 0])) === value("study_uid"),
        }),
      });
      // Search its series (QIDO-RS)
      send(run, {
        id: "dicom.stored.series", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")) + "/series",
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json" },
        after: ["dicom.store"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "[0].0020000E.Value[0] is series_uid": String(at([0, "0020000E", "Value", 0])) === value("series_uid"),
        }),
      });
      // Search the series in all studies (QIDO-RS)
      send(run, {
        id: "dicom.stored.series.all", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/series?SeriesInstanceUID=" + encodeURIComponent(value("series_uid")),
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json" },
        after: ["dicom.store"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "[0].0020000E.Value[0] is series_uid": String(at([0, "0020000E", "Value", 0])) === value("series_uid"),
        }),
      });
      // Search its instances (QIDO-RS)
      send(run, {
        id: "dicom.stored.instances", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")) + "/series/" + encodeURIComponent(value("series_uid")) + "/instances",
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json" },
        after: ["dicom.store"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "[0].00080018.Value[0] is instance_uid": String(at([0, "00080018", "Value", 0])) === value("instance_uid"),
        }),
      });
      // Search the instances of the study (QIDO-RS)
      send(run, {
        id: "dicom.stored.instances.study", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")) + "/instances",
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json" },
        after: ["dicom.store"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "[0].00080018.Value[0] is instance_uid": String(at([0, "00080018", "Value", 0])) === value("instance_uid"),
        }),
      });
      // Search the instance in all studies (QIDO-RS)
      send(run, {
        id: "dicom.stored.instances.all", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/instances?SOPInstanceUID=" + encodeURIComponent(value("instance_uid")),
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json" },
        after: ["dicom.store"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "[0].00080018.Value[0] is instance_uid": String(at([0, "00080018", "Value", 0])) === value("instance_uid"),
        }),
      });
      // Change feed after storing
      send(run, {
        id: "dicom.stored.changefeed", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/changefeed/latest?includeMetadata=false",
        token: "dicomBearerToken",
        headers: { "Accept": "application/json" },
        binary: true,
        after: ["dicom.store"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "header Content-Type with json": header("Content-Type").indexOf("json") >= 0,
        }),
      });
      // Metadata of the study (WADO-RS)
      send(run, {
        id: "dicom.study.metadata", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")) + "/metadata",
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json" },
        after: ["dicom.store"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "[0].0020000D.Value[0] is study_uid": String(at([0, "0020000D", "Value", 0])) === value("study_uid"),
        }),
      });
      // Metadata of the series (WADO-RS)
      send(run, {
        id: "dicom.series.metadata", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")) + "/series/" + encodeURIComponent(value("series_uid")) + "/metadata",
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json" },
        after: ["dicom.store"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "[0].0020000E.Value[0] is series_uid": String(at([0, "0020000E", "Value", 0])) === value("series_uid"),
        }),
      });
      // Metadata of the instance (WADO-RS)
      send(run, {
        id: "dicom.instance.metadata", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")) + "/series/" + encodeURIComponent(value("series_uid")) + "/instances/" + encodeURIComponent(value("instance_uid")) + "/metadata",
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json" },
        after: ["dicom.store"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "[0].00080018.Value[0] is instance_uid": String(at([0, "00080018", "Value", 0])) === value("instance_uid"),
        }),
      });
      // Retrieve the instance (WADO-RS)
      send(run, {
        id: "dicom.instance.retrieve", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")) + "/series/" + encodeURIComponent(value("series_uid")) + "/instances/" + encodeURIComponent(value("instance_uid")),
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom; transfer-syntax=*" },
        binary: true,
        after: ["dicom.store"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "header Content-Type with application/dicom": header("Content-Type").indexOf("application/dicom") >= 0,
        }),
      });
      // Retrieve the study (WADO-RS)
      send(run, {
        id: "dicom.study.retrieve", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")),
        token: "dicomBearerToken",
        headers: { "Accept": "multipart/related; type=\"application/dicom\"; transfer-syntax=*" },
        binary: true,
        after: ["dicom.store"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "header Content-Type with multipart/related": header("Content-Type").indexOf("multipart/related") >= 0,
        }),
      });
      // Retrieve the series (WADO-RS)
      send(run, {
        id: "dicom.series.retrieve", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")) + "/series/" + encodeURIComponent(value("series_uid")),
        token: "dicomBearerToken",
        headers: { "Accept": "multipart/related; type=\"application/dicom\"; transfer-syntax=*" },
        binary: true,
        after: ["dicom.store"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "header Content-Type with multipart/related": header("Content-Type").indexOf("multipart/related") >= 0,
        }),
      });
      // Retrieve the first frame (WADO-RS)
      send(run, {
        id: "dicom.frames.retrieve", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")) + "/series/" + encodeURIComponent(value("series_uid")) + "/instances/" + encodeURIComponent(value("instance_uid")) + "/frames/1",
        token: "dicomBearerToken",
        headers: { "Accept": "multipart/related; type=\"application/octet-stream\"; transfer-syntax=*" },
        binary: true,
        after: ["dicom.store"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "header Content-Type with multipart/related": header("Content-Type").indexOf("multipart/related") >= 0,
        }),
      });
      // Retrieve the first frame, single part
      send(run, {
        id: "dicom.frame.retrieve", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")) + "/series/" + encodeURIComponent(value("series_uid")) + "/instances/" + encodeURIComponent(value("instance_uid")) + "/frames/1",
        token: "dicomBearerToken",
        headers: { "Accept": "application/octet-stream; transfer-syntax=*" },
        binary: true,
        after: ["dicom.store"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "header Content-Type with application/octet-stream": header("Content-Type").indexOf("application/octet-stream") >= 0,
        }),
      });
      // Render the instance as JPEG (WADO-RS)
      send(run, {
        id: "dicom.instance.rendered", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")) + "/series/" + encodeURIComponent(value("series_uid")) + "/instances/" + encodeURIComponent(value("instance_uid")) + "/rendered",
        token: "dicomBearerToken",
        headers: { "Accept": "image/jpeg" },
        binary: true,
        after: ["dicom.store"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "header Content-Type with image/jpeg": header("Content-Type").indexOf("image/jpeg") >= 0,
        }),
      });
      // Render the first frame as PNG (WADO-RS)
      send(run, {
        id: "dicom.frame.rendered", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")) + "/series/" + encodeURIComponent(value("series_uid")) + "/instances/" + encodeURIComponent(value("instance_uid")) + "/frames/1/rendered",
        token: "dicomBearerToken",
        headers: { "Accept": "image/png" },
        binary: true,
        after: ["dicom.store"],
        statuses: [200],
        checks: (status, text, body, at, header, value) => ({
          "header Content-Type with image/png": header("Content-Type").indexOf("image/png") >= 0,
        }),
      });
      // Store the instance into its study again: it is there
      send(run, {
        id: "dicom.store.again", service: "dicom", method: "POST", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")),
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json", "Content-Type": "multipart/related; type=\"application/dicom\"; boundary=hdstest-boundary-7f1c2a9d" },
        file: files["dicom.store.again"],
        after: ["dicom.store"],
        statuses: [200, 202, 409],
        checks: (status, text, body, at, header, value) => ({
          "00081199.Value[0].00081155.Value[0] is instance_uid on status 200": status !== 200 || (String(at(["00081199", "Value", 0, "00081155", "Value", 0])) === value("instance_uid")),
          "00081199.Value[0].00081155.Value[0] is instance_uid on status 202": status !== 202 || (String(at(["00081199", "Value", 0, "00081155", "Value", 0])) === value("instance_uid")),
          "00081198.Value[0].00081197.Value[0] is 45070 on status 409": status !== 409 || (String(at(["00081198", "Value", 0, "00081197", "Value", 0])) === "45070"),
          "00081198.Value[0].00081155.Value[0] is instance_uid on status 409": status !== 409 || (String(at(["00081198", "Value", 0, "00081155", "Value", 0])) === value("instance_uid")),
        }),
      });
      // Replace the instance (upsert)
      send(run, {
        id: "dicom.upsert", service: "dicom", method: "PUT", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")),
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json", "Content-Type": "multipart/related; type=\"application/dicom\"; boundary=hdstest-boundary-7f1c2a9d" },
        file: files["dicom.upsert"],
        after: ["dicom.store"],
        statuses: [200, 202],
        checks: (status, text, body, at, header, value) => ({
          "00081199.Value[0].00081155.Value[0] is instance_uid": String(at(["00081199", "Value", 0, "00081155", "Value", 0])) === value("instance_uid"),
        }),
      });
      // Store a second instance, single part
      send(run, {
        id: "dicom.store.single", service: "dicom", method: "POST", base: "dicomurl",
        address: (value) => "/studies",
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json", "Content-Type": "application/dicom" },
        file: files["dicom.store.single"],
        after: ["dicom.store"],
        statuses: [200, 202, 409],
        checks: (status, text, body, at, header, value) => ({
          "00081199.Value[0].00081155.Value[0] is second_instance_uid on status 200": status !== 200 || (String(at(["00081199", "Value", 0, "00081155", "Value", 0])) === value("second_instance_uid")),
          "00081199.Value[0].00081155.Value[0] is second_instance_uid on status 202": status !== 202 || (String(at(["00081199", "Value", 0, "00081155", "Value", 0])) === value("second_instance_uid")),
          "00081198.Value[0].00081197.Value[0] is 45070 on status 409": status !== 409 || (String(at(["00081198", "Value", 0, "00081197", "Value", 0])) === "45070"),
          "00081198.Value[0].00081155.Value[0] is second_instance_uid on status 409": status !== 409 || (String(at(["00081198", "Value", 0, "00081155", "Value", 0])) === value("second_instance_uid")),
        }),
      });
      // Delete the first instance
      send(run, {
        id: "dicom.instance.delete", service: "dicom", method: "DELETE", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")) + "/series/" + encodeURIComponent(value("series_uid")) + "/instances/" + encodeURIComponent(value("instance_uid")),
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json" },
        after: ["dicom.store"],
        undoes: ["dicom.store"],
        statuses: [204, 200],
      });
      // Retrieve the deleted instance
      send(run, {
        id: "dicom.instance.gone", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")) + "/series/" + encodeURIComponent(value("series_uid")) + "/instances/" + encodeURIComponent(value("instance_uid")),
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom; transfer-syntax=*" },
        after: ["dicom.instance.delete"],
        statuses: [404],
      });
      // Delete the series
      send(run, {
        id: "dicom.series.delete", service: "dicom", method: "DELETE", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")) + "/series/" + encodeURIComponent(value("series_uid")),
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json" },
        after: ["dicom.store.single"],
        statuses: [204, 200],
      });
      // Store the second instance once more, for the study to be deleted
      send(run, {
        id: "dicom.store.last", service: "dicom", method: "POST", base: "dicomurl",
        address: (value) => "/studies",
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json", "Content-Type": "application/dicom" },
        file: files["dicom.store.last"],
        after: ["dicom.series.delete"],
        statuses: [200, 202, 409],
        checks: (status, text, body, at, header, value) => ({
          "00081199.Value[0].00081155.Value[0] is second_instance_uid on status 200": status !== 200 || (String(at(["00081199", "Value", 0, "00081155", "Value", 0])) === value("second_instance_uid")),
          "00081199.Value[0].00081155.Value[0] is second_instance_uid on status 202": status !== 202 || (String(at(["00081199", "Value", 0, "00081155", "Value", 0])) === value("second_instance_uid")),
          "00081198.Value[0].00081197.Value[0] is 45070 on status 409": status !== 409 || (String(at(["00081198", "Value", 0, "00081197", "Value", 0])) === "45070"),
          "00081198.Value[0].00081155.Value[0] is second_instance_uid on status 409": status !== 409 || (String(at(["00081198", "Value", 0, "00081155", "Value", 0])) === value("second_instance_uid")),
        }),
      });
      // Delete the study
      send(run, {
        id: "dicom.study.delete", service: "dicom", method: "DELETE", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")),
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json" },
        after: ["dicom.store.last"],
        undoes: ["dicom.store.single", "dicom.store.last"],
        statuses: [204, 200],
      });
      // Metadata of the deleted study
      send(run, {
        id: "dicom.study.gone", service: "dicom", method: "GET", base: "dicomurl",
        address: (value) => "/studies/" + encodeURIComponent(value("study_uid")) + "/metadata",
        token: "dicomBearerToken",
        headers: { "Accept": "application/dicom+json" },
        after: ["dicom.study.delete"],
        statuses: [404],
      });
    });
  }
}
