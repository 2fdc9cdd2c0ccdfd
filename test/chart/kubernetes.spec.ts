import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CASES, Rendered, render } from './chart.js';
import { typeOf, validate } from './kinds.js';

/** Below the project, so that the compiler finds the packages of the types. */
const PARENT = '.data/test-chart';
let folder: string;

beforeAll(() => {
  mkdirSync(PARENT, { recursive: true });
  folder = mkdtempSync(join(PARENT, 'types-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Unknown fields are excess properties of a literal: the models' own validation passes over them. */
function complaintsOf(objects: readonly Rendered[]): string {
  const lines = objects.map((object, index) => {
    return `export const object${index}: ${typeOf(object)} = ${JSON.stringify(object)};\n`;
  });
  writeFileSync(join(folder, 'objects.ts'), lines.join(''));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        target: 'es2023',
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        types: [],
      },
      include: ['objects.ts'],
    }),
  );
  return spawnSync('node_modules/.bin/tsc', ['--project', folder], { encoding: 'utf8' }).stdout;
}

describe('what the chart renders', () => {
  const everything = [...CASES.values()].flatMap((values) => render(values));

  it.each([...CASES])('is valid for Kubernetes with the %s values', async (_name, values) => {
    for (const object of render(values)) await expect(validate(object)).resolves.toBeUndefined();
  });

  it('has no field that Kubernetes or the Prometheus operator does not know', () => {
    expect(complaintsOf(everything)).toBe('');
  });

  it('would be caught with a wrong type, and with an unknown field', async () => {
    const misspelt = structuredClone(everything.find(({ kind }) => kind === 'Deployment')!);
    await expect(validate({ ...misspelt, spec: { replicas: 'two' } })).rejects.toThrow('replicas');
    Object.assign(misspelt.spec as object, { replcias: 2 });
    expect(complaintsOf([misspelt])).toContain('\'"replcias"\' does not exist');
  });
});
