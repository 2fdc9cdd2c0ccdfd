import { connect, Socket } from 'node:net';
import { serve } from './child.js';
import { LoadResult, LoadRun } from './load.js';
import { Run } from './run.js';
import { ANSWER } from './wire.js';

const HEAD_END = '\r\n\r\n';
const RECEIVE_BYTES = 16_384;
/** How long the last answers may take after the last request. */
const PATIENCE_MS = 5_000;

/** One keep-alive connection: asks, reads exactly one answer, asks again. */
class Connection {
  /** Connected, or never to be. */
  readonly opened: Promise<void>;
  readonly ended: Promise<void>;
  private readonly socket: Socket;
  private readonly received = Buffer.allocUnsafe(RECEIVE_BYTES);
  private text = '';
  private sentAt = 0;
  private waiting = false;

  constructor(
    private readonly run: Run,
    port: number,
  ) {
    this.socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      // One buffer per connection instead of a new one per read.
      onread: {
        buffer: this.received,
        callback: (length) => {
          this.read(length);
          return true;
        },
      },
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => run.complain(error.code ?? error.message));
    this.ended = new Promise((resolve) => {
      this.socket.once('close', () => {
        if (this.waiting) run.complain('connection closed without an answer');
        resolve();
      });
    });
    this.opened = Promise.race([
      this.ended,
      new Promise<void>((resolve) => this.socket.once('connect', resolve)),
    ]);
  }

  ask(): void {
    const now = performance.now();
    const request = this.run.next(now);
    if (request === undefined) {
      this.socket.end();
      return;
    }
    this.sentAt = now;
    this.waiting = true;
    this.socket.write(request);
  }

  giveUp(): void {
    this.socket.destroy();
  }

  private read(length: number): void {
    this.text += this.received.toString('latin1', 0, length);
    const end = this.text.indexOf(HEAD_END);
    if (end < 0) return;
    const stated = /\r\ncontent-length: *(\d+)/i.exec(this.text);
    const bodyAt = end + HEAD_END.length;
    if (stated && this.text.length < bodyAt + Number(stated[1])) return;
    const now = performance.now();
    this.run.record(now - this.sentAt, now);
    this.waiting = false;
    const status = this.text.slice(9, 12);
    if (status !== '200') this.run.complain(`${status} ${this.text.slice(bodyAt, bodyAt + 200)}`);
    else if (!stated || this.text.slice(bodyAt) !== ANSWER)
      this.run.complain(`body ${this.text.slice(bodyAt)}`);
    this.text = '';
    this.ask();
  }
}

async function drive(order: LoadRun): Promise<LoadResult> {
  const run = new Run(order);
  const connections = Array.from({ length: order.connections }, () => new Connection(run, order.port));
  await Promise.all(connections.map((connection) => connection.opened));
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  run.start(order.durationMs);
  for (const connection of connections) connection.ask();
  const patience = setTimeout(() => {
    for (const connection of connections) connection.giveUp();
  }, order.durationMs + PATIENCE_MS);
  await Promise.all(connections.map((connection) => connection.ended));
  clearTimeout(patience);
  const used = process.cpuUsage(cpu);
  return {
    requests: run.answered,
    durationMs: run.lastAnswerAt - startedAt,
    p50Ms: run.latencies.quantile(0.5),
    p99Ms: run.latencies.quantile(0.99),
    wrong: run.wrong,
    cpuUs: used.user + used.system,
  };
}

serve({ drive });
