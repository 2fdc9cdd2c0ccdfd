import { Lockout } from '../http/lockout.js';

const FREE_FAILURES = 10;
/** Many applications may share one way out: their mistakes must not add up as fast as those of one. */
const FREE_FAILURES_OF_ADDRESS = 50;
const SETTINGS = { longestLockMs: 15 * 60_000, forgottenAfterMs: 30 * 60_000, maxKept: 20_000 };

/** Who guesses: as which client, and from where. A lock for the client alone would shut the client itself out. */
export interface Guesser {
  readonly clientId: string;
  readonly address: string;
}

/** Slows down the guessing of client secrets. */
export class Guesses {
  private readonly lockout: Lockout;

  /** @param clock milliseconds since the epoch */
  constructor(clock: () => number = Date.now) {
    this.lockout = new Lockout(SETTINGS, clock);
  }

  /** @returns whole seconds until the next try, 0 when it may be now */
  lockedForSeconds(guesser: Guesser): number {
    return Math.max(...namesOf(guesser).map(([name]) => this.lockout.secondsLeft(name)));
  }

  failed(guesser: Guesser): void {
    for (const [name, free] of namesOf(guesser)) this.lockout.failed(name, free);
  }

  succeeded(guesser: Guesser): void {
    this.lockout.forget(namesOf(guesser)[0]![0]);
  }
}

/** With the failure at which locking begins. */
function namesOf({ clientId, address }: Guesser): [name: string, free: number][] {
  return [
    [`client|${clientId.slice(0, 128)}|${address}`, FREE_FAILURES],
    [`address|${address}`, FREE_FAILURES_OF_ADDRESS],
  ];
}
