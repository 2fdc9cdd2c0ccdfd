import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { Secret } from '../../src/contract/secret.js';
import { loadOperators, Operators } from '../../src/operators/operators.js';

/** Where the simulated operators of these tests would listen. */
export const SANDBOX_URL = 'http://127.0.0.1:3100';

/** The shortest manifest of a sandbox operator `one`. */
export const manifest = (over: object = {}) => ({
  id: 'one',
  name: 'One',
  dialect: 'camara-2.1',
  lifecycle: 'sandbox',
  basePath: '/number-verification/v2',
  auth: { flows: ['authorization_code'], client: { method: 'private_key_jwt' } },
  ...over,
});

/** The shortest manifest of a live operator `one`, off until the secret ONE is set. */
export const liveManifest = (over: object = {}) =>
  manifest({
    lifecycle: 'live',
    apiRoot: 'https://api.operator.example/',
    auth: {
      issuer: 'https://idp.operator.example',
      flows: ['authorization_code'],
      client: { method: 'client_secret_basic', secret: 'ONE' },
    },
    ...over,
  });

/** A directory of operators of its own for one test. */
export class OperatorDirectory implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'operators-'));

  fileOf(id: string): string {
    return join(this.path, id, 'operator.yaml');
  }

  write(folder: string, content: object | string): void {
    mkdirSync(join(this.path, folder), { recursive: true });
    writeFileSync(this.fileOf(folder), typeof content === 'string' ? content : stringify(content));
  }

  load(secrets: Record<string, string> = {}): Operators {
    const values = Object.entries(secrets).map(([name, value]): [string, Secret] => [
      name,
      new Secret(value),
    ]);
    return loadOperators({ directory: this.path, secrets: new Map(values), sandboxUrl: SANDBOX_URL });
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}
