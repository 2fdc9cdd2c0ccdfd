import { parseArgs } from 'node:util';

const CONTENDERS = ['gateway', 'http-proxy', 'bare', 'assembled'] as const;
export type ContenderName = (typeof CONTENDERS)[number];

export interface BenchOptions {
  readonly contenders: readonly ContenderName[];
  readonly rounds: number;
  readonly warmupMs: number;
  /** Longest measured window of one round. */
  readonly measureMs: number;
  /** Most requests in one measured window, whatever its time. */
  readonly maxRequests: number;
  readonly connections: number;
  /** Takes a CPU profile of each contender (the gateway alone, unless others are named) while it is measured. */
  readonly profile: boolean;
}

const USAGE = `npm run bench -- [--quick] [--profile] [--only ${CONTENDERS.join(',')}] [--connections 64], or: broker [--quick] [--profile]`;

/**
 * Reads the command line.
 * @throws Error with the usage when an option is unknown or wrong
 */
export function readOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      only: { type: 'string' },
      connections: { type: 'string', default: '64' },
    },
  });
  const connections = Number(values.connections);
  if (!Number.isInteger(connections) || connections < 1 || connections > 1_000) throw new Error(USAGE);
  const brief = values.quick || values.profile;
  return {
    contenders: chosen(values.only ?? (values.profile ? 'gateway' : undefined)),
    rounds: brief ? 1 : 3,
    warmupMs: values.quick ? 1_000 : 2_000,
    measureMs: values.quick ? 1_500 : 4_000,
    maxRequests: 80_000,
    connections,
    profile: values.profile,
  };
}

function chosen(only: string | undefined): readonly ContenderName[] {
  if (only === undefined) return CONTENDERS;
  const names = only.split(',');
  if (names.some((name) => !CONTENDERS.includes(name as ContenderName))) throw new Error(USAGE);
  return CONTENDERS.filter((name) => names.includes(name));
}
