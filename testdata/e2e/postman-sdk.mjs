// Reads a collection with Postman's own library and prints what it found in it;
// what the library does not know is not there.
// Usage: node postman-sdk.mjs FILE
import { readFileSync } from 'node:fs';
import sdk from 'postman-collection';

const collection = new sdk.Collection(JSON.parse(readFileSync(process.argv[2], 'utf8')));
const found = { name: collection.name, folders: 0, requests: 0, tests: 0, bodies: {}, unnamed: 0, auth: {} };
collection.forEachItemGroup((group) => {
  found.folders++;
  const type = group.auth ? group.auth.type : 'inherit';
  found.auth[type] = (found.auth[type] || 0) + 1;
});
collection.forEachItem((item) => {
  found.requests++;
  if (!item.name || !item.id || !item.request.method || !item.request.url.toString()) found.unnamed++;
  found.tests += item.events.filter((event) => event.listen === 'test' && event.script.toSource().length > 0).length;
  if (item.request.body) found.bodies[item.request.body.mode] = (found.bodies[item.request.body.mode] || 0) + 1;
});
console.log(JSON.stringify(found));
