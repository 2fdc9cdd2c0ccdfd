import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { licencesOf, licencesPage } from '../scripts/licences.mjs';

interface Package {
  version?: string;
  resolved?: string;
  integrity?: string;
  hasInstallScript?: boolean;
  dev?: boolean;
  link?: boolean;
}

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const own = read('package.json') as Record<string, Record<string, string>>;
const lock = read('package-lock.json') as { packages: Record<string, Package> };
const installed = Object.entries(lock.packages).filter(([path]) => path !== '');

/** Those that allow to use, change and ship, closed source included. */
const PERMISSIVE = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Python-2.0',
];

describe('what the gateway is made of', () => {
  test('is 25 direct production dependencies at most', () => {
    expect(Object.keys(own['dependencies']!).length).toBeLessThanOrEqual(25);
  });

  test.each(['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies'])(
    '%s are pinned exactly',
    (group) => {
      for (const [name, version] of Object.entries(own[group]!)) {
        expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+(-[\w.]+)?$/)]);
      }
    },
  );

  test('is locked by hash, and from no registry in particular', () => {
    expect(installed.length).toBeGreaterThan(300);
    for (const [path, { integrity, resolved }] of installed) {
      expect([path, resolved]).toEqual([path, undefined]);
      expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-/)]);
    }
  });

  test('is under licences that allow to ship it, all of them listed', () => {
    const found = [...licencesOf(lock).keys()];
    expect(found.filter((licence) => !PERMISSIVE.includes(licence))).toEqual([]);
    expect(readFileSync('docs/licences.md', 'utf8')).toBe(licencesPage(lock));
  });

  test('has a bill of materials', async () => {
    const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
    const { stdout } = await promisify(execFile)('npm', args, { maxBuffer: 64 * 1024 * 1024 });
    const { bomFormat, components } = JSON.parse(stdout) as {
      bomFormat: string;
      components: { name: string }[];
    };
    expect(bomFormat).toBe('CycloneDX');
    const names = new Set(components.map(({ name }) => name));
    for (const name of Object.keys(own['dependencies']!))
      expect([name, names.has(name)]).toEqual([name, true]);
  }, 30_000);
});
