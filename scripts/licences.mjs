// Writes docs/licences.md: what is shipped, under which licence. Read from the lockfile, so it needs no installation.
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = 'docs/licences.md';

/** Packages whose package.json names no licence; what the LICENSE file in the package says. */
const SAID_IN_THE_PACKAGE = { 'passport-strategy': 'MIT', pause: 'MIT' };

/** @returns {Map<string, string[]>} licence → `name version`, of everything that an installation without development packages holds */
export function licencesOf(lock) {
  const found = new Map();
  for (const [path, { dev, devOptional, version, license }] of Object.entries(lock.packages)) {
    if (path === '' || dev || devOptional) continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const licence = license ?? SAID_IN_THE_PACKAGE[name] ?? 'unknown';
    found.set(licence, [...(found.get(licence) ?? []), `${name} ${version}`]);
  }
  return found;
}

/** @returns {string} the page */
export function licencesPage(lock) {
  const sections = [...licencesOf(lock)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([licence, packages]) =>
        `## ${licence}\n\n${[...new Set(packages)].toSorted((a, b) => (a < b ? -1 : 1)).join(', ')}\n`,
    );
  return [
    '# Licences of what is shipped\n',
    'The gateway itself is Apache-2.0. These are the packages that `npm ci --omit=dev` installs; the page is written by',
    '`npm run licences` from the lockfile, and a test keeps it current. A bill of materials (CycloneDX), development packages marked:',
    '`npm sbom --sbom-format cyclonedx`.\n',
    ...sections,
  ].join('\n');
}

if (process.argv[1]?.endsWith('licences.mjs')) {
  writeFileSync(FILE, licencesPage(JSON.parse(readFileSync('package-lock.json', 'utf8'))));
}
