import { setTimeout as sleep } from 'node:timers/promises';
import { World } from '../world/world.js';

/** A way in which Postgres is away for the gateways, though not for the operators. */
export interface PostgresOutage {
  readonly id: string;
  readonly title: string;
  /** Begins the label of its load. */
  readonly label: string;
  /** Lasts as long as the profile says; the others last a few seconds in both profiles. */
  readonly long?: boolean;
  /** Devices sign in while it lasts. */
  readonly signIns?: boolean;
  readonly short?: boolean;
  breaks(world: World): Promise<void> | void;
  heals(world: World): Promise<void> | void;
}

const RESTARTS = 5;
const SECOND_MS = 1_000;

/** Held by the session that took it, until that ends. */
const LOCKED = new WeakMap<World, () => Promise<unknown>>();

export const POSTGRES_OUTAGES: readonly PostgresOutage[] = [
  {
    id: 'D03',
    title: 'Postgres is stopped',
    label: 'd03stop',
    long: true,
    signIns: true,
    short: true,
    breaks: ({ postgres }) => postgres.stop(),
    heals: ({ postgres }) => postgres.start(),
  },
  {
    id: 'D03',
    title: 'Postgres ends at once, as in a crash',
    label: 'd03crash',
    breaks: ({ postgres }) => postgres.crash(),
    heals: ({ postgres }) => postgres.start(),
  },
  {
    id: 'D03',
    title: 'Postgres cannot be reached: connections are refused',
    label: 'd03refused',
    breaks: ({ postgres }) => postgres.wire.set({ down: true }),
    heals: ({ postgres }) => postgres.wire.heal(),
  },
  {
    id: 'D03',
    title: 'the network swallows what goes to Postgres',
    label: 'd03mute',
    signIns: true,
    breaks: ({ postgres }) => postgres.wire.set({ blackhole: true }),
    heals: ({ postgres }) => postgres.wire.heal(),
  },
  {
    id: 'D04',
    title: 'Postgres is frozen (SIGSTOP)',
    label: 'd04',
    long: true,
    signIns: true,
    short: true,
    breaks: ({ postgres }) => postgres.freeze(),
    heals: ({ postgres }) => postgres.thaw(),
  },
  {
    id: 'D05',
    title: 'Postgres is 2 s away',
    label: 'd05latency',
    long: true,
    signIns: true,
    short: true,
    breaks: ({ postgres }) => postgres.wire.set({ latencyMs: 2_000 }),
    heals: ({ postgres }) => postgres.wire.heal(),
  },
  {
    id: 'D05',
    title: 'Postgres sends and takes 10 KB/s',
    label: 'd05narrow',
    breaks: ({ postgres }) => postgres.wire.set({ bandwidth: 10_000 }),
    heals: ({ postgres }) => postgres.wire.heal(),
  },
  {
    id: 'D06',
    title: 'failover: read-only, then all connections reset, then the new primary',
    label: 'd06',
    breaks: async ({ postgres, pool }) => {
      await readOnly(pool, true);
      await sleep(SECOND_MS);
      await postgres.wire.set({ resetPeerMs: 0 });
    },
    heals: async ({ postgres, pool }) => {
      await readOnly(pool, false);
      await postgres.wire.heal();
    },
  },
  {
    id: 'D07',
    title: 'Postgres is restarted five times',
    label: 'd07',
    breaks: async ({ postgres }) => {
      for (let n = 0; n < RESTARTS; n++) {
        await postgres.stop();
        await postgres.start();
        await sleep(SECOND_MS);
      }
    },
    heals: () => {},
  },
  {
    id: 'D08',
    title: 'every connection of the ledger waits for a lock',
    label: 'd08',
    breaks: async (world) => {
      const client = await world.pool.connect();
      await client.query('BEGIN');
      await client.query('LOCK TABLE usage_ledger IN ACCESS EXCLUSIVE MODE');
      LOCKED.set(world, () => client.query('COMMIT').finally(() => client.release(true)));
    },
    heals: async (world) => void (await LOCKED.get(world)?.()),
  },
  {
    id: 'D24',
    title: 'every commit takes half a second',
    label: 'd24',
    breaks: ({ postgres }) => postgres.wire.set({ latencyMs: 250 }),
    heals: ({ postgres }) => postgres.wire.heal(),
  },
];

/** New transactions of every session are refused when they write. */
async function readOnly(pool: World['pool'], yes: boolean): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('SET default_transaction_read_only = off');
    await client.query(`ALTER SYSTEM SET default_transaction_read_only = ${yes ? 'on' : 'off'}`);
    await client.query('SELECT pg_reload_conf()');
  } finally {
    client.release();
  }
}
