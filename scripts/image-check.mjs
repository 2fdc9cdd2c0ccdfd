/**
 * `npm run image:check`: builds the image of the Dockerfile with buildah, looks into it, and runs it with its root file
 * system read-only beside a real PostgreSQL: it migrates, gets ready, answers, and ends with 0 on SIGTERM.
 *
 *   --if-available   ends with 0 where the tools for it are missing, and says which
 *   --pull           builds on the published base image; otherwise on a stand-in made with debootstrap
 *
 * Needs Linux, root, buildah, and without --pull debootstrap. Everything is kept below .data/image-check.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { configFaults, contentFaults } from './image-check/contents.mjs';
import { standInBase } from './image-check/stand-in-base.mjs';
import { trialFaults } from './image-check/trial.mjs';
import { Buildah, has, run } from './image-check/tools.mjs';

const { values: options } = parseArgs({
  options: { 'if-available': { type: 'boolean', default: false }, pull: { type: 'boolean', default: false } },
});
const FOLDER = resolve('.data/image-check');
const IMAGE = 'localhost/number-verification-gateway:check';
const LABELS = {
  version: '0.0.0-check',
  revision: 'f00dfeedf00dfeedf00dfeedf00dfeedf00dfeed',
  created: '2026-01-01T00:00:00Z',
};

const missing = missingTools();
if (missing.length > 0) {
  console.log(`image check: skipped, for want of ${missing.join(', ')}`);
  process.exit(options['if-available'] ? 0 : 1);
}
process.exit(await check());

function missingTools() {
  const tools = ['buildah', 'unshare', 'chroot', ...(options.pull ? [] : ['debootstrap'])];
  return [
    ...(process.platform === 'linux' ? [] : ['Linux']),
    ...(process.getuid?.() === 0 ? [] : ['root']),
    ...tools.filter((tool) => !has(tool)),
  ];
}

async function check() {
  mkdirSync(FOLDER, { recursive: true });
  const buildah = new Buildah(join(FOLDER, 'store'));
  let container;
  try {
    build(buildah);
    container = buildah.run('from', IMAGE);
    const root = buildah.run('mount', container);
    const { config } = JSON.parse(buildah.run('inspect', '--type', 'image', IMAGE)).Docker;
    const faults = [
      ...configFaults(config, LABELS),
      ...contentFaults(root),
      ...(await trialFaults({ root, config, folder: FOLDER })),
    ];
    for (const part of ['', 'app', 'app/node_modules', 'app/dist', 'usr/local/bin/node']) {
      console.log(`size of /${part}: ${run('du', ['-shx', join(root, part)]).split('\t')[0]}`);
    }
    for (const fault of faults) console.error(`image check: ${fault}`);
    console.log(faults.length === 0 ? 'image check: passed' : `image check: ${faults.length} faults`);
    return faults.length === 0 ? 0 : 1;
  } finally {
    if (container) buildah.run('rm', container);
    // The store would grow with each run; the unpacked Debian is kept.
    buildah.run('rmi', '--all', '--force');
  }
}

function build(buildah) {
  const suite = /^ARG NODE_IMAGE=\S*:[\d.]+-(\w+)-slim$/m.exec(readFileSync('Dockerfile', 'utf8'))[1];
  const base = options.pull ? [] : ['--build-arg', `NODE_IMAGE=${standInBase(buildah, FOLDER, suite)}`];
  const labels = Object.entries(LABELS).flatMap(([name, value]) => [
    '--build-arg',
    `${name.toUpperCase()}=${value}`,
  ]);
  // The OCI format has no health check.
  buildah.show('bud', '--isolation', 'chroot', '--format', 'docker', ...base, ...labels, '--tag', IMAGE, '.');
}
