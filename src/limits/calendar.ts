const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const MINUTE = 0;
export const HOUR = 1;
export const DAY = 2;
export const MONTH = 3;

/** Minute, hour, day and month (UTC) of one moment, in this order. */
export interface Period {
  /** Number of each; the next one's is one more. */
  readonly index: readonly [minute: number, hour: number, day: number, month: number];
  /** When each ends, in milliseconds since the epoch. */
  readonly endsAtMs: readonly [minute: number, hour: number, day: number, month: number];
  readonly dayStartMs: number;
  readonly monthStartMs: number;
}

export function periodAt(nowMs: number): Period {
  const minute = Math.floor(nowMs / MINUTE_MS);
  const hour = Math.floor(nowMs / HOUR_MS);
  const day = Math.floor(nowMs / DAY_MS);
  const date = new Date(nowMs);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  return {
    index: [minute, hour, day, year * 12 + month],
    endsAtMs: [(minute + 1) * MINUTE_MS, (hour + 1) * HOUR_MS, (day + 1) * DAY_MS, Date.UTC(year, month + 1)],
    dayStartMs: day * DAY_MS,
    monthStartMs: Date.UTC(year, month),
  };
}

/** Remembers the current period: the calendar is asked once per minute, not once per call. */
export class Calendar {
  private period = periodAt(0);

  /** A clock set back by less than a minute stays in the period it had reached: nothing is counted anew. */
  at(nowMs: number): Period {
    const endsAtMs = this.period.endsAtMs[MINUTE];
    if (nowMs >= endsAtMs || nowMs < endsAtMs - 2 * MINUTE_MS) this.period = periodAt(nowMs);
    return this.period;
  }
}
