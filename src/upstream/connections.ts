import { Pool } from 'undici';
import { Problem } from '../contract/problem.js';
import { Operator } from '../operators/operator.js';
import { connectorFor } from './connector.js';
import { HostNames } from './host-names.js';

/** Discovery may name a token endpoint and a key set elsewhere; more than this is no operator we know. */
const MAX_ORIGINS = 8;

/** Where a request goes: a connection pool, and the path prefix of what is reached through it. */
export interface Way {
  readonly pool: Pool;
  readonly prefix: string;
}

/** The connections of one target of one operator: a pool for each origin it is reached at. */
export class Connections {
  private readonly pools = new Map<string, Pool>();
  private apiWay: Way | undefined;

  constructor(
    private readonly operator: Operator,
    private readonly names: HostNames,
  ) {}

  /** The way to the operator's API root. */
  api(): Way {
    if (this.apiWay) return this.apiWay;
    const { origin, pathname } = new URL(this.operator.apiRoot);
    this.apiWay = { pool: this.pool(origin), prefix: pathname === '/' ? '' : pathname };
    return this.apiWay;
  }

  /** @throws Problem operatorRouteBroken when the operator spreads over more origins than is plausible */
  to(url: URL): Way {
    return { pool: this.pool(url.origin), prefix: '' };
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.destroy()));
  }

  private pool(origin: string): Pool {
    const known = this.pools.get(origin);
    if (known) return known;
    if (this.pools.size >= MAX_ORIGINS) {
      throw new Problem('operatorRouteBroken', { detail: 'too many origins', neverSent: true });
    }
    const pool = openPool(origin, this.operator, this.names);
    this.pools.set(origin, pool);
    return pool;
  }
}

/** undici's own header and body timers are off: each call has one deadline of its own over all of it. */
function openPool(origin: string, operator: Operator, names: HostNames): Pool {
  return new Pool(origin, {
    connections: operator.limits.maxInFlight,
    pipelining: 1,
    allowH2: false,
    maxHeaderSize: 16 * 1024,
    headersTimeout: 0,
    bodyTimeout: 0,
    // Shorter than the idle timeout of common servers (5 s), and a second below what a server announces, so that
    // a request seldom meets a connection that is just being closed.
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 30_000,
    keepAliveTimeoutThreshold: 1_000,
    // Connections are made anew now and then, so that a change of the operator's address is noticed under load.
    clientTtl: 60_000,
    connect: connectorFor(operator, names),
  });
}
