import { createPrivateKey, KeyObject, randomUUID, sign } from 'node:crypto';
import { Pool } from 'undici';
import type { SandboxInfo } from '../src/boot.js';
import { Histogram } from './histogram.js';
import { OPERATOR_ID } from './wire.js';

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export interface TokenRun {
  readonly connections: number;
  readonly durationMs: number;
  /** Assertions signed beforehand: more than one core answers in that time. */
  readonly requests: number;
}

export interface TokenResult {
  readonly requests: number;
  readonly durationMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** As an ASP has them ready: each good once, for five minutes. */
function signedAssertions({ issuer, application }: SandboxInfo, count: number): string[] {
  const { privateKeyJwk, clientId } = application;
  const key = createPrivateKey({ key: privateKeyJwk, format: 'jwk' });
  const header = { alg: 'ES256', kid: privateKeyJwk.kid };
  const now = Math.floor(Date.now() / 1_000);
  return Array.from({ length: count }, () =>
    signed(key, header, {
      iss: clientId,
      sub: `operatortoken:${randomUUID()}`,
      aud: `${issuer}/token`,
      iat: now,
      exp: now + 300,
      jti: randomUUID(),
      scope: 'dpv:FraudPreventionAndDetection number-verification:verify',
      operator_id: OPERATOR_ID,
    }),
  );
}

function signed(key: KeyObject, header: object, claims: object): string {
  const [head, body] = [header, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const text = `${head}.${body}`;
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

/**
 * Asks for tokens as fast as the connections allow, a fresh assertion each time.
 * @param begin called once the assertions are signed, right before the first request
 */
export async function measureTokens(
  info: SandboxInfo,
  run: TokenRun,
  begin: () => Promise<void> = () => Promise.resolve(),
): Promise<TokenResult> {
  const bodies = signedAssertions(info, run.requests).map((assertion) =>
    new URLSearchParams({ grant_type: JWT_BEARER, assertion }).toString(),
  );
  const pool = new Pool(info.issuer, { connections: run.connections, pipelining: 1 });
  const latencies = new Histogram();
  let answered = 0;
  await begin();
  const startedAt = performance.now();
  const ask = async (): Promise<void> => {
    while (performance.now() - startedAt < run.durationMs) {
      const body = bodies.pop();
      if (body === undefined) return;
      const askedAt = performance.now();
      const answer = await pool.request({
        method: 'POST',
        path: '/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`/token: ${answer.statusCode} ${text}`);
      latencies.add(performance.now() - askedAt);
      answered++;
    }
  };
  await Promise.all(Array.from({ length: run.connections }, ask));
  const durationMs = performance.now() - startedAt;
  await pool.close();
  return { requests: answered, durationMs, p50Ms: latencies.quantile(0.5), p99Ms: latencies.quantile(0.99) };
}
