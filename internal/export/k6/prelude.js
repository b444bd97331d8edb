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
