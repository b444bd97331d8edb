// Writes the YAML files below a folder as constants of a TypeScript file, each
// with the published type that it must have. tsc then looks for a key that is
// not known, or a value of the wrong kind.
// Usage: node opencollection.mjs FOLDER FILE
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parse } from 'yaml';

const [folder, file] = process.argv.slice(2);
const typeOf = (path) => {
  if (basename(dirname(path)) === 'environments') return 'Environment';
  if (basename(path) === 'folder.yml') return 'Folder';
  return basename(path) === 'opencollection.yml' ? 'OpenCollection' : 'HttpRequest';
};
const lines = [
  "import type { HttpRequest } from '@opencollection/types/requests/http';",
  "import type { Folder } from '@opencollection/types/collection/item';",
  "import type { Environment } from '@opencollection/types/config/environments';",
  "import type { OpenCollection } from '@opencollection/types';",
];
const paths = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.yml')).sort();
paths.forEach((path, i) => {
  const value = parse(readFileSync(join(folder, path), 'utf8'), { strict: true });
  lines.push(`export const file${i}: ${typeOf(path)} = ${JSON.stringify(value)}; // ${path}`);
});
writeFileSync(file, lines.join('\n') + '\n');
console.log(paths.length);
