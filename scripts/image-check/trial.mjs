/** The image at work: beside a real PostgreSQL, with its root file system read-only. */
import { randomBytes } from 'node:crypto';
import { chownSync, cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Container, answers } from './container.mjs';

/**
 * Lets the image migrate, serve and end.
 * @param {{ root: string, config: { User: string, Env: string[], Cmd: string[], Healthcheck: { Test: string[] } }, folder: string }} image
 *   its root folder and configuration; the folder is ours to write to
 * @returns {Promise<string[]>} faults
 */
export async function trialFaults({ root, config, folder }) {
  const data = join(folder, 'data');
  // Of another run, with another key.
  for (const old of [data, join(folder, 'postgres')]) rmSync(old, { recursive: true, force: true });
  mkdirSync(data, { mode: 0o700 });
  chownSync(data, 1000, 1000);
  const image = { root, data, user: config.User, env: config.Env };
  const postgres = await startPostgres(root, folder);
  const [port, managementPort] = [await freePort(), await freePort()];
  const env = {
    ...databaseEnv(postgres.url),
    PORT: String(port),
    MANAGEMENT_PORT: String(managementPort),
    PUBLIC_URL: 'https://gateway.example',
    KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    DRAIN_SECONDS: '1',
  };
  let gateway;
  try {
    const migration = new Container(image, env, ['node', 'dist/src/database/migrate.main.js']);
    if ((await migration.ended) !== 0) return [`the migrations failed: ${migration.output}`];
    gateway = new Container(image, env, config.Cmd);
    return await gatewayFaults(gateway, { image, env, config, port, managementPort });
  } finally {
    gateway?.kill();
    await postgres.stop();
  }
}

async function gatewayFaults(gateway, { image, env, config, port, managementPort }) {
  const startedAt = Date.now();
  await answers(`http://127.0.0.1:${managementPort}/readyz`, 200, gateway);
  console.log(`ready after ${Date.now() - startedAt} ms`);
  const faults = [];
  const discovery = await answers(`http://127.0.0.1:${port}/.well-known/openid-configuration`, 200, gateway);
  const { issuer } = await discovery.json();
  if (issuer !== env.PUBLIC_URL) faults.push(`the issuer is ${issuer}`);
  const verify = await fetch(`http://127.0.0.1:${port}/number-verification/v2/verify`, { method: 'POST' });
  if (verify.status !== 401) faults.push(`verify without a token answers ${verify.status}`);
  const health = new Container(image, env, config.Healthcheck.Test.slice(1));
  if ((await health.ended) !== 0) faults.push(`the health check fails: ${health.output}`);
  const write = new Container(image, env, ['touch', '/app/written']);
  if ((await write.ended) === 0) faults.push('the root file system can be written to');
  gateway.signal('SIGTERM');
  const stoppedAt = Date.now();
  const code = await gateway.endsWithin(15_000);
  if (code !== 0) faults.push(`SIGTERM: ${code}\n${gateway.output}`);
  console.log(`SIGTERM: ended with ${code} after ${Date.now() - stoppedAt} ms`);
  const sick = new Container(image, env, config.Healthcheck.Test.slice(1));
  if ((await sick.ended) === 0) faults.push('the health check passes without a gateway');
  if (readdirSync(image.data).length === 0) faults.push('nothing was written to /data');
  return faults;
}

const nothing = () => {};
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The image's own launcher, with the binaries of this checkout: the image carries none. */
async function startPostgres(root, folder) {
  const dist = join(folder, 'dist');
  rmSync(dist, { recursive: true, force: true });
  cpSync(join(root, 'app/dist'), dist, { recursive: true });
  const { startEmbeddedPostgres } = await import(
    pathToFileURL(`${dist}/src/database/embedded-postgres.js`).href
  );
  return startEmbeddedPostgres(join(folder, 'postgres'), SILENT);
}

/** The password apart from the URL, as the chart may give it. */
function databaseEnv(url) {
  const given = new URL(url);
  const password = decodeURIComponent(given.password);
  given.password = '';
  return { DATABASE_URL: given.href, PGPASSWORD: password };
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
