import { Pool } from 'undici';
import { faultsOf } from '../legal-reply.js';

/** Something else than a call, such as the beginning of a sign-in; only how it is refused matters. */
export interface OtherRequest {
  /** As `finish`, `start`, `rest`. */
  readonly urgency: 'finish' | 'start' | 'rest';
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly form?: string;
}

export interface OtherRecord {
  readonly urgency: OtherRequest['urgency'];
  readonly status: number;
  readonly ms: number;
  /** What was wrong with the answer's form; empty for a legal one. */
  readonly illegal: string;
}

/** Sends each of these requests at an even rate until it is told to stop. */
export class OtherTraffic {
  readonly records: OtherRecord[] = [];
  private readonly timers: NodeJS.Timeout[];
  private readonly pending = new Set<Promise<void>>();

  constructor(
    private readonly pool: Pool,
    requests: readonly OtherRequest[],
    ratePerSecond: number,
  ) {
    this.timers = requests.map((request) =>
      setInterval(() => {
        const sent = this.send(request).finally(() => this.pending.delete(sent));
        this.pending.add(sent);
      }, 1_000 / ratePerSecond),
    );
  }

  async stop(): Promise<readonly OtherRecord[]> {
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(this.pending);
    return this.records;
  }

  private async send({ form, method, path, urgency }: OtherRequest): Promise<void> {
    const began = performance.now();
    const headers = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await this.pool.request({ method, path, headers, body: form ?? null });
    const reply = { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() };
    const ms = performance.now() - began;
    this.records.push({ urgency, status: reply.status, ms, illegal: faultsOf(reply, path).join(', ') });
  }
}
