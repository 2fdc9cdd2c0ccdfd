const FREE_FAILURES = 10;
/** Many applications may share one way out: their mistakes must not add up as fast as those of one. */
const FREE_FAILURES_OF_ADDRESS = 50;
const FIRST_LOCK_MS = 1_000;
const LONGEST_LOCK_MS = 15 * 60_000;
const FORGOTTEN_AFTER_MS = 30 * 60_000;
const MAX_KEPT = 20_000;

interface Failures {
  count: number;
  lastAtMs: number;
  lockedUntilMs: number;
}

/** Who guesses: as which client, and from where. A lock for the client alone would shut the client itself out. */
export interface Guesser {
  readonly clientId: string;
  readonly address: string;
}

/** Slows down the guessing of secrets: after ten failures each further one locks for twice as long. */
export class Guesses {
  private readonly failures = new Map<string, Failures>();

  /** @param clock milliseconds since the epoch */
  constructor(private readonly clock: () => number = Date.now) {}

  /** @returns whole seconds until the next try, 0 when it may be now */
  lockedForSeconds(guesser: Guesser): number {
    const until = namesOf(guesser).map(([name]) => this.failures.get(name)?.lockedUntilMs ?? 0);
    return Math.max(0, Math.ceil((Math.max(...until) - this.clock()) / 1000));
  }

  failed(guesser: Guesser): void {
    const now = this.clock();
    for (const [name, free] of namesOf(guesser)) {
      const before = this.failures.get(name);
      const count = before && now - before.lastAtMs < FORGOTTEN_AFTER_MS ? before.count + 1 : 1;
      const lockMs =
        count < free ? 0 : Math.min(LONGEST_LOCK_MS, FIRST_LOCK_MS * 2 ** Math.min(count - free, 20));
      // Last in the order of the map: the first is whoever failed longest ago.
      this.failures.delete(name);
      this.failures.set(name, { count, lastAtMs: now, lockedUntilMs: now + lockMs });
    }
    while (this.failures.size > MAX_KEPT) this.failures.delete(this.failures.keys().next().value!);
  }

  succeeded(guesser: Guesser): void {
    this.failures.delete(namesOf(guesser)[0]![0]);
  }
}

/** With the number of failures that cost nothing yet. */
function namesOf({ clientId, address }: Guesser): [name: string, free: number][] {
  return [
    [`client|${clientId.slice(0, 128)}|${address}`, FREE_FAILURES],
    [`address|${address}`, FREE_FAILURES_OF_ADDRESS],
  ];
}
