import { DatabaseError } from 'pg';

interface Nature {
  /** Certainly nothing was written. */
  certain: boolean;
  /** The server does not answer, or not in time: the next statement would fare no better. */
  away: boolean;
}

/** Why a batch was not written, and what follows from it for the tokens in it. */
export class PostgresFailure extends Error {
  readonly certain: boolean;
  readonly away: boolean;

  private constructor(cause: unknown, nature: Nature) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.certain = nature.certain;
    this.away = nature.away;
  }

  /** Known before: nothing is sent. */
  static readonly away = new PostgresFailure('Postgres is away', { certain: true, away: true });

  static of(error: unknown): PostgresFailure {
    return error instanceof PostgresFailure
      ? error
      : new PostgresFailure(error, { certain: true, away: false });
  }

  /** No connection: nothing was sent. */
  static connecting(error: unknown): PostgresFailure {
    return new PostgresFailure(error, { certain: true, away: true });
  }

  /**
   * An ERROR has undone the statement. Anything else (no answer, a broken connection, FATAL) may have come after
   * the commit, or before it.
   */
  static afterSending(error: unknown): Error {
    const said = error instanceof DatabaseError && error.severity === 'ERROR';
    if (said && error.code === CHECK_VIOLATION && /no partition/.test(error.message)) {
      return new MissingPartition(error.message, { cause: error });
    }
    return new PostgresFailure(error, { certain: said, away: !said || OF_THE_SERVER.test(error.code ?? '') });
  }

  /** The same failure for those whose statement was not even sent. */
  beforeSending(): PostgresFailure {
    return new PostgresFailure(this.cause, { certain: true, away: this.away });
  }
}

const CHECK_VIOLATION = '23514';
/**
 * Read-only after a failover, out of disk or memory, cancelled (by our statement_timeout, most of the time) or shutting
 * down, I/O error, internal error.
 */
const OF_THE_SERVER = /^(25006|53...|57...|58...|XX...)$/;

/** Nothing was written: the day's partition is still to be made. */
export class MissingPartition extends Error {}
