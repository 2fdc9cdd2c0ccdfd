import { setTimeout as sleep } from 'node:timers/promises';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Pool } from 'pg';
import { Recurring } from '../database/recurring.js';
import { EndedCall } from '../telemetry/call-log.js';
import { Logger } from '../telemetry/logger.js';
import { TraceMetrics } from '../telemetry/trace-metrics.js';
import { arrayLiteral, element } from './array-literal.js';
import { isTold, storyOf, wentWell } from './call-story.js';
import { forgetOldTraces, slotOf } from './trace-ring.js';

const GATHER_MS = 200;
const MAX_ROWS = 500;
/** Above it they are dropped: nobody's answer depends on them. */
const MAX_WAITING = 20_000;
const CLOSE_WITHIN_MS = 1_000;
const FORGET_EVERY_MS = 600_000;
/** Of those who have not proved who they are: a stranger must not fill the table. */
const STRANGERS_PER_SECOND = 20;

interface Row {
  readonly ended: EndedCall;
  readonly trace: string;
}

const INSERT = `
INSERT INTO call_traces (slot, at, ledger_id, tenant_id, application_id, correlator, trace)
SELECT u.slot, to_timestamp(u.ms / 1000), nullif(u.ledger_id, '')::uuid, nullif(u.tenant_id, '')::uuid,
  nullif(u.application_id, '')::uuid, u.correlator, u.trace
FROM unnest($1::smallint[], $2::float8[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[])
  AS u (slot, ms, ledger_id, tenant_id, application_id, correlator, trace)`;

/** Keeps what is told of calls and sign-ins, batch after batch, after their answers; for look-ups, not for accounting. */
export class CallTraces implements OnApplicationBootstrap, OnApplicationShutdown {
  private waiting: Row[] = [];
  private writer: Promise<void> | undefined;
  private strangers = 0;
  private strangersSecond = 0;
  private readonly closing = new AbortController();
  private failing = false;
  private readonly forgetting: Recurring;

  /** @param pool its rows are not waited for on disk (synchronous_commit off): a crash costs the last half second */
  constructor(
    private readonly pool: Pool,
    private readonly which: 'incidents' | 'all',
    private readonly metrics: TraceMetrics,
    private readonly logger: Logger,
  ) {
    this.forgetting = new Recurring(
      () => forgetOldTraces(pool),
      logger,
      'old traces of calls were not deleted',
    );
  }

  onApplicationBootstrap(): void {
    this.forgetting.start(FORGET_EVERY_MS);
  }

  add(ended: EndedCall): void {
    if (!isTold(ended) || (this.which === 'incidents' && wentWell(ended))) return;
    if (this.waiting.length >= MAX_WAITING || (ended.trace.tenant === undefined && this.tooManyStrangers())) {
      this.metrics.ended('dropped', 1);
      return;
    }
    this.waiting.push({ ended, trace: JSON.stringify(storyOf(ended)) });
    this.writer ??= this.writeAll();
  }

  /** Writes what waits, if that can be done soon. */
  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    await this.forgetting.stop();
    await Promise.race([this.writer, sleep(CLOSE_WITHIN_MS, undefined, { ref: false })]);
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      await sleep(GATHER_MS, undefined, { ref: false, signal: this.closing.signal }).catch(() => {});
      while (this.waiting.length > 0) await this.write(this.waiting.splice(0, MAX_ROWS));
    }
    this.writer = undefined;
  }

  /** Not tried again: a database that is away has more important things to take when it returns. */
  private async write(rows: readonly Row[]): Promise<void> {
    try {
      await this.pool.query(statement(rows));
      this.metrics.ended('written', rows.length);
      this.failing = false;
    } catch (error) {
      this.metrics.ended('dropped', rows.length);
      if (!this.failing) this.logger.warn({ err: error, rows: rows.length }, 'traces of calls were not kept');
      this.failing = true;
    }
  }

  private tooManyStrangers(): boolean {
    const second = Math.floor(Date.now() / 1000);
    if (second !== this.strangersSecond) this.strangers = 0;
    this.strangersSecond = second;
    return ++this.strangers > STRANGERS_PER_SECOND;
  }
}

function statement(rows: readonly Row[]): { name: string; text: string; values: string[] } {
  const text = (of: (row: Row) => string | undefined) => arrayLiteral(rows, (row) => element(of(row) ?? ''));
  const values = [
    arrayLiteral(rows, ({ ended }) => slotOf(ended.trace.startedAtMs)),
    arrayLiteral(rows, ({ ended }) => ended.trace.startedAtMs),
    text(({ ended }) => ended.trace.ledgerId),
    text(({ ended }) => ended.trace.tenant),
    text(({ ended }) => ended.trace.application),
    text(({ ended }) => ended.trace.correlator),
    text(({ trace }) => trace),
  ];
  return { name: 'call-traces', text: INSERT, values };
}
