import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { PHASES } from '../phases/phases.js';
import { applyPatch } from './seeded-bug.js';
import { SEEDED_BUGS } from './seeded-bugs.js';

const { config } = ts.readConfigFile('tsconfig.json', (path) => readFileSync(path, 'utf8')) as {
  config: { compilerOptions: object };
};
// A file alone does not say that its package is one of ES modules.
const { options } = ts.convertCompilerOptionsFromJson(
  { ...config.compilerOptions, module: 'esnext', moduleResolution: 'bundler' },
  '.',
);

function compiled(file: string): string {
  const fileName = join('src', file);
  return ts.transpileModule(readFileSync(fileName, 'utf8'), { compilerOptions: options, fileName })
    .outputText;
}

it('there are twelve, each with a number of its own', () => {
  expect(SEEDED_BUGS.map(({ id }) => id)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
});

describe.each(SEEDED_BUGS)('$id $name', ({ patches, row }) => {
  it('can still be put into the gateway, which compiles', () => {
    for (const file of new Set(patches.map((patch) => patch.file))) {
      const own = patches.filter((patch) => patch.file === file);
      const patched = own.reduce(applyPatch, compiled(file));
      const { diagnostics } = ts.transpileModule(patched, {
        compilerOptions: { ...options, allowJs: true },
        fileName: file.replace(/\.ts$/, '.js'),
        reportDiagnostics: true,
      });
      expect(diagnostics?.map(({ messageText }) => messageText)).toEqual([]);
    }
  });

  it('is looked for by a row that there is', () => {
    expect(PHASES.flatMap(({ rows }) => rows).map(({ id }) => id)).toContain(row);
  });
});

it('a patch that does not apply any more is missed', () => {
  const patch = { file: 'x.ts', from: 'a', to: 'b' };
  expect(() => applyPatch('', patch)).toThrow('x.ts: found 0 times');
  expect(() => applyPatch('aa', patch)).toThrow('x.ts: found 2 times');
  expect(applyPatch('[a]', { ...patch, to: '$&' })).toBe('[$&]');
});
