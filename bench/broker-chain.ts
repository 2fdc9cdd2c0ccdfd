import { createHash, randomBytes } from 'node:crypto';
import { Pool } from 'undici';
import type { SandboxInfo } from '../src/boot.js';
import { Child } from './child.js';
import { Histogram } from './histogram.js';

/** An address of the stub's range, as the device's network would have it. */
const DEVICE_IP = '10.99.0.1';

export interface ChainResult {
  readonly chains: number;
  readonly hops: number;
  /** Time in the gateway: both of its hops, without the operator's own time. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly authorizeP50Ms: number;
  readonly callbackP50Ms: number;
}

/** One answer on the way, and what it took. */
interface Hop {
  readonly location: URL;
  readonly ms: number;
}

/** Walks the redirects of sign-ins as devices do, one after the other. */
export async function measureChains(
  { issuer, application }: SandboxInfo,
  operator: Child,
  chains: number,
): Promise<ChainResult> {
  const pools = new Map<string, Pool>();
  const visit = async (url: URL): Promise<Hop> => {
    const pool = pools.get(url.origin) ?? new Pool(url.origin, { connections: 1 });
    pools.set(url.origin, pool);
    const startedAt = performance.now();
    const { statusCode, headers, body } = await pool.request({
      method: 'GET',
      path: url.pathname + url.search,
      headers: { 'x-forwarded-for': DEVICE_IP },
    });
    const text = await body.text();
    const ms = performance.now() - startedAt;
    if (statusCode !== 302 || headers['set-cookie'])
      throw new Error(`${url.pathname}: ${statusCode} ${text}`);
    return { location: new URL(String(headers.location), url), ms };
  };
  const [whole, first, last] = [new Histogram(), new Histogram(), new Histogram()];
  for (let done = 0; done < chains; done++) {
    const toOperator = await visit(authorizeUrl(issuer, application));
    const toGateway = await visit(toOperator.location);
    const toAsp = await visit(toGateway.location);
    if (!toAsp.location.searchParams.has('code')) throw new Error(`no code: ${toAsp.location.search}`);
    const callbackMs = toAsp.ms - (await operator.ask<number>('lastTokenMs'));
    whole.add(toOperator.ms + callbackMs);
    first.add(toOperator.ms);
    last.add(callbackMs);
  }
  await Promise.all([...pools.values()].map((pool) => pool.close()));
  return {
    chains,
    hops: 3,
    p50Ms: whole.quantile(0.5),
    p99Ms: whole.quantile(0.99),
    authorizeP50Ms: first.quantile(0.5),
    callbackP50Ms: last.quantile(0.5),
  };
}

function authorizeUrl(issuer: string, { clientId, redirectUri }: SandboxInfo['application']): URL {
  const url = new URL('/authorize', issuer);
  const asked = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'openid dpv:FraudPreventionAndDetection number-verification:verify',
    state: randomBytes(16).toString('base64url'),
    nonce: randomBytes(16).toString('base64url'),
    prompt: 'none',
    code_challenge: createHash('sha256').update(randomBytes(32)).digest('base64url'),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  return url;
}
