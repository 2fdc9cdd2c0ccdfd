import { parseArgs } from 'node:util';

/** How long and how hard; a phase reads what concerns it. */
export interface Profile {
  readonly name: 'short' | 'full';
  readonly warmUpMs: number;
  readonly baselineMs: number;
  /** A request fault lasts so long, and so long its operator is watched afterwards. */
  readonly faultMs: number;
  readonly healMs: number;
  /** Over all operators of a round. */
  readonly upstreamRate: number;
  readonly mixedCalls: number;
  readonly mixedRate: number;
  /** Of the innocent while a dependency or a process is broken. */
  readonly innocentRate: number;
  /** Before each such fault the same load runs for so long with nothing broken. */
  readonly calmMs: number;
  /** Postgres and Redis are gone, frozen or slow for so long. */
  readonly outageMs: number;
  readonly kills: number;
  readonly restarts: number;
  /** With too much of something, and as long before it with nothing of it. */
  readonly loudMs: number;
  readonly overloadMs: number;
  readonly tokenMutants: number;
  /** Of a hundred each. */
  readonly races: number;
  readonly fuzzRequests: number;
  readonly soakMs: number;
  readonly soakRate: number;
  /** How long a process that is told to stop goes on answering. */
  readonly drainSeconds: number;
}

const PROFILES: Readonly<Record<Profile['name'], Profile>> = {
  short: {
    name: 'short',
    warmUpMs: 3_000,
    baselineMs: 3_000,
    faultMs: 2_500,
    healMs: 1_000,
    upstreamRate: 400,
    mixedCalls: 15_000,
    mixedRate: 500,
    innocentRate: 300,
    calmMs: 2_000,
    outageMs: 6_000,
    kills: 3,
    restarts: 4,
    drainSeconds: 2,
    loudMs: 3_000,
    overloadMs: 3_000,
    tokenMutants: 300,
    races: 2,
    fuzzRequests: 4_000,
    soakMs: 20_000,
    soakRate: 250,
  },
  full: {
    name: 'full',
    warmUpMs: 5_000,
    baselineMs: 20_000,
    faultMs: 6_000,
    healMs: 3_000,
    upstreamRate: 400,
    mixedCalls: 205_000,
    mixedRate: 300,
    innocentRate: 300,
    calmMs: 5_000,
    outageMs: 60_000,
    kills: 20,
    restarts: 20,
    drainSeconds: 5,
    loudMs: 10_000,
    overloadMs: 8_000,
    tokenMutants: 5_000,
    races: 20,
    fuzzRequests: 60_000,
    soakMs: 180_000,
    soakRate: 250,
  },
};

export interface Options {
  readonly profile: Profile;
  readonly seed: string;
  /** Catalogue ids such as `U06`, or names of phases; empty: everything the profile has. */
  readonly only: readonly string[];
  readonly tenants: number;
  /** What failed last time with nothing graver than lateness, and nothing else. */
  readonly again: boolean;
}

/** @throws TypeError for an unknown option */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      profile: { type: 'string', default: 'full' },
      only: { type: 'string', multiple: true, default: [] },
      tenants: { type: 'string', default: '50' },
      again: { type: 'boolean', default: false },
    },
  });
  if (values.profile !== 'short' && values.profile !== 'full') {
    throw new TypeError('--profile is short or full');
  }
  return {
    profile: PROFILES[values.profile],
    seed: env.SEED || String(Date.now()),
    only: values.only.flatMap((list) => list.split(',')).map((name) => name.trim()),
    tenants: Number(values.tenants),
    again: values.again,
  };
}
