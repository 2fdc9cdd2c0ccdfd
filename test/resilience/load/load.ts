import { Pool } from 'undici';
import { Random } from '../random.js';
import { Minter } from '../world/minter.js';
import { SeededTenant } from '../world/seed-tenants.js';
import { Ask, makeAsk } from './ask.js';
import { LoadRecord } from './load-record.js';
import { readAnswer } from './read-answer.js';

/** What is sent, how fast and for how long. */
export interface LoadOrder {
  /** Begins every jti of this load: with it the ledger's rows are found again. Letters, digits, `-`; no prefix of another one. */
  readonly label: string;
  /** Such as `victim` or `noisy`. */
  readonly kind: string;
  readonly ratePerSecond: number;
  /** One is drawn for each call; name one twice to send it twice as much. */
  readonly operatorIds: readonly string[];
  readonly tenants: readonly SeededTenant[];
  /** Whichever comes first ends it. */
  readonly durationMs?: number;
  readonly calls?: number;
  readonly signal?: AbortSignal;
  /**
   * Above it the schedule itself waits, as a closed loop does. For tests of truth, which must not drown a slow
   * machine; never where latencies are judged.
   */
  readonly maxInFlight?: number;
}

/** A load under way. Its records grow as answers come. */
export interface RunningLoad {
  readonly records: readonly LoadRecord[];
  /** Resolves when every call has its answer. */
  readonly done: Promise<readonly LoadRecord[]>;
  /** No further call starts. */
  stop(): void;
}

export interface LoadGround {
  /** Of the balancer. */
  readonly url: string;
  readonly minter: Minter;
  readonly seed: string;
}

const TICK_MS = 2;
const ANSWER_WITHIN_MS = 20_000;

/** An open-loop generator: calls start when they are due, however slow the answers are. */
export class Load {
  private readonly pool: Pool;

  constructor(private readonly ground: LoadGround) {
    this.pool = new Pool(ground.url, {
      connections: 2_000,
      pipelining: 1,
      headersTimeout: ANSWER_WITHIN_MS,
      bodyTimeout: ANSWER_WITHIN_MS,
    });
  }

  start(order: LoadOrder): RunningLoad {
    const random = new Random(`${this.ground.seed}/${order.label}`);
    const records: LoadRecord[] = [];
    let stopped = false;
    const stop = (): void => {
      stopped = true;
    };
    const done = this.drive(order, random, records, () => stopped || order.signal?.aborted === true);
    return { records, done, stop };
  }

  run(order: LoadOrder): Promise<readonly LoadRecord[]> {
    return this.start(order).done;
  }

  /** One call, outside of any schedule. */
  async once(ask: Ask, lateMs = 0): Promise<LoadRecord> {
    const { planned, method, path, headers, body } = ask;
    const sentAt = Date.now();
    const began = performance.now();
    try {
      const answer = await this.pool.request({ method, path, headers, body });
      const text = await answer.body.text();
      const ms = performance.now() - began;
      const wire = { status: answer.statusCode, headers: answer.headers, body: text };
      const reading = readAnswer(wire, planned.operation, planned.correlator);
      return { ...planned, sentAt, ms, lateMs, ...reading };
    } catch (error) {
      const ms = performance.now() - began;
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      const none = { status: 0, code, verdict: '', retryAfter: undefined, pod: '', illegal: '' };
      return { ...planned, sentAt, ms, lateMs, ...none };
    }
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }

  private drive(
    order: LoadOrder,
    random: Random,
    records: LoadRecord[],
    stopped: () => boolean,
  ): Promise<readonly LoadRecord[]> {
    const { calls = Infinity, durationMs = Infinity, maxInFlight = Infinity } = order;
    const { kind, label, operatorIds, ratePerSecond, tenants } = order;
    const began = performance.now();
    // Arrivals of many independent users: exponential gaps.
    const gap = (): number => (-Math.log(1 - random.next()) * 1000) / ratePerSecond;
    let dueAt = began + gap();
    let sent = 0;
    let answered = 0;
    return new Promise((resolve) => {
      const over = (now: number): boolean => sent >= calls || now - began >= durationMs || stopped();
      const tick = (): void => {
        const now = performance.now();
        if (sent - answered >= maxInFlight) dueAt = Math.max(dueAt, now);
        while (dueAt <= now && !over(dueAt) && sent - answered < maxInFlight) {
          const jti = `${label}-${sent++}`;
          const choice = { kind, jti, tenant: random.pick(tenants), operatorId: random.pick(operatorIds) };
          const ask = makeAsk(this.ground.minter, this.ground.seed, random, choice);
          void this.once(ask, performance.now() - dueAt).then((record) => {
            answered++;
            return records.push(record);
          });
          dueAt += gap();
        }
        if (over(now) && answered === sent) resolve(records);
        else setTimeout(tick, TICK_MS);
      };
      tick();
    });
  }
}
