/**
 * A stand-in for the base image where no container registry can be reached: Debian by debootstrap, with the Node that
 * package-lock.json pins and the npm that runs this script. It has what the Dockerfile relies on: node, npm, a shell,
 * uid 1000. It is for checking only: what is released is built on the published image.
 */
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './tools.mjs';

const MIRROR = process.env.DEBIAN_MIRROR ?? 'http://deb.debian.org/debian';

/**
 * @param {import('./tools.mjs').Buildah} buildah
 * @param {string} folder where the unpacked Debian is kept for the next time
 * @param {string} suite such as trixie
 * @returns {string} the name of the image
 */
export function standInBase(buildah, folder, suite) {
  const image = `localhost/image-check-base:${suite}`;
  const root = join(folder, suite);
  if (!existsSync(root)) {
    const fresh = `${root}.part`;
    rmSync(fresh, { recursive: true, force: true });
    run('debootstrap', ['--variant=minbase', suite, fresh, MIRROR]);
    rmSync(join(fresh, 'var/cache/apt'), { recursive: true, force: true });
    run('sh', ['-c', `rm -rf '${fresh}'/dev/* '${fresh}'/var/lib/apt/lists/*`]);
    renameSync(fresh, root);
  }
  addNode(root);
  const container = buildah.run('from', 'scratch');
  buildah.run('add', '--quiet', container, root, '/');
  buildah.run(
    'config',
    '--env',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    container,
  );
  buildah.run('commit', '--quiet', '--rm', container, image);
  return image;
}

function addNode(root) {
  const local = join(root, 'usr/local');
  const npm = dirname(dirname(run('readlink', ['-f', run('sh', ['-c', 'command -v npm'])])));
  for (const stale of ['bin', 'lib', 'etc']) rmSync(join(local, stale), { recursive: true, force: true });
  for (const made of ['bin', 'lib/node_modules', 'etc']) mkdirSync(join(local, made), { recursive: true });
  cpSync(`node_modules/node-linux-${process.arch}/bin/node`, join(local, 'bin/node'));
  cpSync(npm, join(local, 'lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'));
  // The way to the package registry is that of this machine, a certificate of its own included.
  const authorities = process.env.NODE_EXTRA_CA_CERTS ?? process.env.SSL_CERT_FILE;
  if (authorities) cpSync(authorities, join(local, 'etc/authorities.pem'));
  const registry = run('npm', ['config', 'get', 'registry', '--loglevel=error']);
  writeFileSync(
    join(local, 'etc/npmrc'),
    `registry=${registry}\n${authorities ? 'cafile=/usr/local/etc/authorities.pem\n' : ''}`,
  );
}
