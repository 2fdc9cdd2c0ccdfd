import { WorldRedis } from '../world/redis.js';

/** A way in which Redis is away for the gateways, or has forgotten. */
export interface RedisOutage {
  readonly id: string;
  readonly title: string;
  readonly short: boolean;
  /** Begins the label of its load. */
  readonly label: string;
  /** The gateways count without it then. */
  readonly degrades: boolean;
  breaks(redis: WorldRedis): Promise<void> | void;
  heals(redis: WorldRedis): Promise<void> | void;
}

const ID = 'D15';

export const REDIS_OUTAGES: readonly RedisOutage[] = [
  {
    id: ID,
    title: 'Redis is gone',
    label: 'd15gone',
    degrades: true,
    short: false,
    breaks: ({ wire }) => wire.set({ down: true }),
    heals: ({ wire }) => wire.heal(),
  },
  {
    id: ID,
    title: 'Redis is frozen (SIGSTOP)',
    label: 'd15frozen',
    degrades: true,
    short: true,
    breaks: ({ pid }) => void process.kill(pid, 'SIGSTOP'),
    heals: ({ pid }) => void process.kill(pid, 'SIGCONT'),
  },
  {
    id: ID,
    title: 'Redis is 2 s away',
    label: 'd15slow',
    degrades: true,
    short: false,
    breaks: ({ wire }) => wire.set({ latencyMs: 2_000 }),
    heals: ({ wire }) => wire.heal(),
  },
  {
    id: ID,
    title: 'Redis forgets everything (FLUSHALL)',
    label: 'd15flushed',
    degrades: false,
    short: false,
    breaks: (redis) => redis.flush(),
    heals: () => {},
  },
];
