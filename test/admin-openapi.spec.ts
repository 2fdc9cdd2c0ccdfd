import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { adminOpenApi } from '../src/admin/openapi.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'openapi-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** @returns what the linter complains of; it ends with 1 when there is anything */
async function lint(document: object): Promise<string[]> {
  const file = join(folder, 'openapi.json');
  writeFileSync(file, JSON.stringify(document));
  const run = promisify(execFile)(
    process.execPath,
    [
      'node_modules/@stoplight/spectral-cli/dist/index.js',
      'lint',
      '--ruleset',
      '.spectral.yaml',
      '-f',
      'json',
      '-q',
      file,
    ],
    { maxBuffer: 50_000_000 },
  );
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  const found = JSON.parse(stdout.trim() === '' ? '[]' : stdout) as { code: string; path: string[] }[];
  return found.map(({ code, path }) => `${code} ${path.join('.')}`);
}

test('the document of the admin API is clean under the rules of OpenAPI and CAMARA', async () => {
  expect(await lint(adminOpenApi('https://gateway.example'))).toEqual([]);
}, 60_000);

test('the rules find what is wrong', async () => {
  const document = adminOpenApi('https://gateway.example') as { paths: Record<string, { get?: object }> };
  document.paths['/admin/v1/not_kebab'] = { get: { responses: {} } };
  expect((await lint(document)).length).toBeGreaterThan(1);
}, 60_000);

test('every operation names its permission and its refusals, and refers to nothing that is not there', () => {
  const document = adminOpenApi('https://gateway.example');
  const text = JSON.stringify(document);
  const { components } = document as { components: Record<string, Record<string, unknown>> };
  for (const [, part, name] of text.matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)) {
    expect(Object.keys(components[part!] ?? {})).toContain(name);
  }
  for (const operations of Object.values(
    document['paths'] as Record<string, Record<string, { description: string }>>,
  )) {
    for (const operation of Object.values(operations))
      expect(operation.description).toMatch(/Needs [\w:-]+: /);
  }
});
