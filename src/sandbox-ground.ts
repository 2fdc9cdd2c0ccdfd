import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { JWK } from 'jose';
import { AppConfig } from './config/config.js';
import { Secret } from './contract/secret.js';
import { Logger } from './telemetry/logger.js';
import { loadOperators } from './operators/operators.js';
import { sandboxSecrets } from './sandbox/sandbox-secrets.js';

/** The seeded application, as `sandbox.json` hands it to whoever tries the gateway. */
export interface SandboxApplication {
  clientId: string;
  privateKeyJwk: JWK;
  redirectUri: string;
}

/** The sandbox's partner admin, as `sandbox.json` hands it to whoever tries the admin API. */
export interface SandboxAdmin {
  clientId: string;
  privateKeyJwk: JWK;
  scope: string;
}

/** Where a sign-in of the seeded application ends; nothing needs to listen there. */
const REDIRECT_URI = 'https://asp.example/callback';

/**
 * Fills in what a sandbox may leave open: free ports for 0, the issuer, the key-encryption key, the simulated
 * operators' address and secrets. Outside sandbox mode the configuration stays as it is.
 */
export async function completeConfig(config: AppConfig, logger: Logger): Promise<AppConfig> {
  if (!config.sandbox) return config;
  if (config.production) {
    logger.warn('SANDBOX MODE IN PRODUCTION: simulated operators answer, nothing they say is true');
  }
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const port = config.port || (await freePort());
  const sandboxPort = config.sandboxPort || (await freePort());
  const sandboxUrl = config.sandboxUrl ?? `http://127.0.0.1:${sandboxPort}`;
  const keyEncryptionKey = config.keyEncryptionKey ?? keptKey(config.dataDir);
  const manifests = loadOperators({
    directory: config.operatorsDir,
    secrets: config.operatorSecrets,
    sandboxUrl,
  });
  const secrets = sandboxSecrets({
    operators: manifests.all(),
    seed: keyEncryptionKey.reveal(),
    keysDirectory: join(config.dataDir, 'sandbox-keys'),
  });
  return Object.freeze({
    ...config,
    port,
    sandboxPort,
    sandboxUrl,
    publicUrl: config.publicUrl ?? `http://localhost:${port}`,
    keyEncryptionKey,
    operatorSecrets: new Map([...secrets, ...config.operatorSecrets]),
  });
}

/** The seeded application's own key pair: made once, kept in the data folder. */
export function sandboxApplication(dataDir: string): SandboxApplication {
  const kept = keep(join(dataDir, 'sandbox-application.json'), () => {
    const clientId = `asp-${randomUUID()}`;
    return JSON.stringify({ clientId, privateKeyJwk: privateKeyJwk(), redirectUri: REDIRECT_URI });
  });
  return JSON.parse(kept) as SandboxApplication;
}

/** The same for the partner admin. */
export function sandboxAdmin(dataDir: string): SandboxAdmin {
  const kept = keep(join(dataDir, 'sandbox-admin.json'), () =>
    JSON.stringify({ clientId: `admin-${randomUUID()}`, privateKeyJwk: privateKeyJwk() }),
  );
  return { ...(JSON.parse(kept) as Omit<SandboxAdmin, 'scope'>), scope: 'admin:read admin:write' };
}

/** A new key pair for private_key_jwt. */
export function privateKeyJwk(): JWK {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'ES256', use: 'sig' };
}

export function publicJwk({ d: _private, ...jwk }: JWK): JWK {
  return jwk;
}

/** Writes a file that only its owner may read, whatever its mode was before. */
export function writePrivately(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}

function keptKey(dataDir: string): Secret {
  return new Secret(keep(join(dataDir, 'key-encryption-key'), () => randomBytes(32).toString('base64')));
}

function keep(file: string, make: () => string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const made = make();
  writePrivately(file, made);
  return made;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
