/**
 * Installs what package-lock.json says when node_modules is missing or was installed from another lock.
 * Runs on any Node version, before anything that needs a dependency.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
const note = 'node_modules/.installed-lock';
const noted = existsSync(note) ? readFileSync(note, 'utf8') : undefined;

if (noted !== lock) {
  // `npm ci` just before us leaves no note, but npm's own record of the tree is then newer than the lock.
  const tree = 'node_modules/.package-lock.json';
  const fresh =
    noted === undefined &&
    existsSync(tree) &&
    statSync(tree).mtimeMs >= statSync('package-lock.json').mtimeMs;
  if (!fresh) {
    const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      stdio: 'inherit',
      shell: process.platform === 'win32',
    });
    if (npm.status !== 0) process.exit(npm.status ?? 1);
  }
  writeFileSync(note, lock);
}
