// Writes src/api.ts from the site's OpenAPI description; with --check, says whether it is up to date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import openapiTS, { astToString } from 'openapi-typescript';

const source = new URL('../../../docs/reference/openapi.json', import.meta.url);
const target = new URL('../src/api.ts', import.meta.url);
const header = '// Generated from docs/reference/openapi.json by `npm run generate`. Do not edit.\n\n';

if (!existsSync(source)) {
  console.error('docs/reference/openapi.json is missing: run `python -m nbquest.web.openapi` first');
  process.exit(1);
}
const text = header + astToString(await openapiTS(source));
const present = existsSync(target) ? readFileSync(target, 'utf8') : null;
if (process.argv.includes('--check')) {
  if (present !== text) {
    console.error('src/api.ts is out of date: run `npm run generate` in extensions/labextension');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
