import { Violation, violation } from './evidence.js';

export interface Latencies {
  readonly errors: number;
  readonly p99Ms: number;
}

/** I6: who is innocent has no errors, and a p99 near that of the same run's baseline. */
export function victimWithinBounds(
  baseline: Latencies,
  victim: Latencies,
  { share, ms }: { share: number; ms: number },
): Violation[] {
  const bound = Math.max(baseline.p99Ms * (1 + share), baseline.p99Ms + ms);
  return [
    ...(victim.errors > 0 ? [violation('I6', '', `${victim.errors} errors`)] : []),
    ...(victim.p99Ms > bound
      ? [violation('I6', '', `p99 ${victim.p99Ms} ms; bound ${Math.round(bound * 10) / 10} ms`)]
      : []),
  ];
}

/** I8: none of these texts holds anything secret. The finding itself repeats nothing of it. */
export function nothingLeaked(
  texts: readonly { name: string; text: string }[],
  canaries: readonly (string | RegExp)[],
): Violation[] {
  return texts.flatMap(({ name, text }) =>
    canaries.flatMap((canary, index) => {
      const at = typeof canary === 'string' ? text.indexOf(canary) : text.search(canary);
      return at < 0 ? [] : [violation('I8', '', `canary ${index} in ${name} at ${at}`)];
    }),
  );
}

/** I9: what was taken was given back: fds, sockets, timers, memory. @param share tolerated, beside `slack` units */
export function resourcesReturned(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  { share, slack }: { share: number; slack: Readonly<Record<string, number>> },
): Violation[] {
  return Object.entries(before).flatMap(([name, base]) => {
    const bound = base * (1 + share) + (slack[name] ?? 0);
    const now = after[name] ?? Infinity;
    return now <= bound ? [] : [violation('I9', '', `${name}: ${base} before, ${now} after`)];
  });
}

/** I10: works again soon enough. @param recoveryMs undefined: it never did */
export function recoveredIn(recoveryMs: number | undefined, withinMs: number): Violation[] {
  if (recoveryMs !== undefined && recoveryMs <= withinMs) return [];
  return [violation('I10', '', `first good answer after ${recoveryMs ?? 'ever'} ms; bound ${withinMs} ms`)];
}

/** I11: what the metrics count is what the ledger holds. */
export function countersMatch(
  counted: Readonly<Record<string, number>>,
  recorded: Readonly<Record<string, number>>,
): Violation[] {
  return Object.entries(recorded)
    .filter(([name, rows]) => counted[name] !== rows)
    .map(([name, rows]) => violation('I11', '', `${name}: ${counted[name]} counted, ${rows} recorded`));
}

/** I13: a half-open circuit lets one probe pass in each of its windows, in each process. */
export function probesFew(arrivals: number, windows: number): Violation[] {
  return arrivals <= windows ? [] : [violation('I13', '', `${arrivals} calls in ${windows} windows`)];
}
