import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../contract/secret.js';
import { Operator } from '../operators/operator.js';

/** The part of a manifest (or of an operator) that names a secret. */
type NamesSecret = Pick<Operator, 'lifecycle' | 'auth'>;

/**
 * Values for the secrets that sandbox manifests name: shared secrets are derived from the seed, the RSA keys
 * of application JWTs are made once and kept, so that several processes with one data folder agree.
 * @param options.keysDirectory made if absent; one `<NAME>.pem` per key, mode 0600
 * @returns by NAME, as in OPERATOR_SECRET_<NAME>
 */
export function sandboxSecrets(options: {
  operators: Iterable<NamesSecret>;
  seed: string;
  keysDirectory: string;
}): ReadonlyMap<string, Secret> {
  const secrets = new Map<string, Secret>();
  for (const { lifecycle, auth } of options.operators) {
    if (lifecycle !== 'sandbox' || auth.client.method === 'private_key_jwt') continue;
    const { method, secret: name } = auth.client;
    if (secrets.has(name)) continue;
    const value =
      method === 'application_jwt' ? keptKey(options.keysDirectory, name) : derived(options.seed, name);
    secrets.set(name, new Secret(value));
  }
  return secrets;
}

/** Ends in what the two encodings of Basic credentials spell differently, so that a mix-up cannot pass. */
function derived(seed: string, name: string): string {
  return `${createHmac('sha256', seed).update(name).digest('base64url')}+%=`;
}

function keptKey(directory: string, name: string): string {
  const file = join(directory, `${name}.pem`);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  try {
    // Whole or not at all, and the first of two processes wins.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  return readFileSync(file, 'utf8');
}
