import { Operators } from '../operators/operators.js';
import { OperatorWindows } from './operator-windows.js';
import { statusView } from './status-view.js';

/** Seconds for which one answer serves everybody: who asks in a loop costs no more than who asks once. */
export const STATUS_FRESH_SECONDS = 10;

/** The public status, made at most once in ten seconds. */
export class Status {
  private made: { readonly body: Buffer; readonly atMs: number } | undefined;

  /** @param clock milliseconds since the epoch */
  constructor(
    private readonly operators: Pick<Operators, 'all'>,
    private readonly windows: Pick<OperatorWindows, 'over'>,
    private readonly clock: () => number = Date.now,
  ) {}

  /** @returns JSON, in the shape of {@link StatusView} */
  get body(): Buffer {
    const now = this.clock();
    if (this.made === undefined || now - this.made.atMs >= STATUS_FRESH_SECONDS * 1000) {
      const over = this.windows.over.bind(this.windows);
      const view = statusView(this.operators.all(), over, new Date(now));
      this.made = { body: Buffer.from(JSON.stringify(view)), atMs: now };
    }
    return this.made.body;
  }
}
