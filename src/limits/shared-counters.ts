import { Account } from './account.js';
import { DAY, MONTH, Period } from './calendar.js';
import { Caller } from './caller.js';
import { ANSWER_HEAD, ANSWER_PER_SCOPE } from './redis-scripts.js';
import { RedisLine } from './redis-line.js';

const SECOND_MS = 1000;
/** How long a window's count is worth keeping, with some slack for clocks that differ. */
const KEPT_MS = [
  2 * 60 * SECOND_MS,
  2 * 3_600 * SECOND_MS,
  25 * 3_600 * SECOND_MS,
  32 * 86_400 * SECOND_MS,
] as const;

/** What the script of the limiter answers. */
export type SharedAnswer = readonly number[];

/** Counters in Redis that all replicas share. Keys hold the ids of tenant and subscription, nothing else. */
export class SharedCounters {
  /** @param clock for tests: milliseconds since the epoch instead of Redis' own time */
  constructor(
    private readonly line: RedisLine,
    private readonly clock: () => number = () => 0,
  ) {}

  get usable(): boolean {
    return this.line.usable;
  }

  /**
   * Counts the call for all replicas, in one round trip.
   * @returns undefined when Redis did not decide
   */
  take(caller: Caller, period: Period): Promise<SharedAnswer | undefined> {
    return this.line.ask((redis) =>
      redis.takeCall(
        ...keysOf(caller),
        this.clock(),
        ...numbersOf(caller.tenant, period),
        ...numbersOf(caller.subscription, period),
      ),
    );
  }

  giveBackQuota(caller: Caller, { index }: Period): void {
    if (!this.usable || !caller.hasQuota) return;
    this.line.tell((redis) => redis.giveBackQuota(...keysOf(caller), index[DAY], index[MONTH]));
  }

  close(): void {
    this.line.close();
  }
}

/** @returns whether every limit of all replicas together let the call pass */
export function passes(answer: SharedAnswer): boolean {
  return answer[0] === 1;
}

/** Tells the accounts what all replicas together have used; windows that Redis sees elsewhere are left alone. */
export function teach({ tenant, subscription }: Caller, answer: SharedAnswer, { index }: Period): void {
  for (const [scope, account] of [tenant, subscription].entries()) {
    const at = ANSWER_HEAD + scope * ANSWER_PER_SCOPE;
    account.learnRate(answer[at]! / 1000);
    for (const { slot } of account.limits.windows) {
      if (answer[1 + slot] === index[slot]) account.learn(slot, index[slot], answer[at + 1 + slot]!);
    }
  }
}

/** Both in one slot of a cluster. */
function keysOf({ tenantId, subscriptionId }: Caller): [string, string] {
  return [`nvgw:limits:{${tenantId}}`, `nvgw:limits:{${tenantId}}:${subscriptionId}`];
}

function numbersOf(account: Account, { index }: Period): number[] {
  const { rate, windows } = account.limits;
  const limits = [-1, -1, -1, -1];
  let keptMs = rate === undefined ? 0 : SECOND_MS + Math.ceil(rate.burst / rate.ratePerMs);
  for (const { slot, limit } of windows) {
    limits[slot] = limit;
    keptMs = Math.max(keptMs, KEPT_MS[slot]);
  }
  // This very call has been counted here already.
  const known = (slot: typeof DAY | typeof MONTH): number =>
    Math.max(0, account.usedIn(slot, index[slot]) - 1);
  return [
    rate?.ratePerMs ?? -1,
    rate?.burst ?? 0,
    ...limits,
    keptMs,
    index[DAY],
    known(DAY),
    index[MONTH],
    known(MONTH),
  ];
}
