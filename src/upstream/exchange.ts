import { Dispatcher } from 'undici';
import { Problem } from '../contract/problem.js';
import { UpstreamAnswer } from '../dialects/dialect.js';
import { classify, expired, Progress, refused, toProblem, TransportFailure } from './transport-failure.js';

/** No Number Verification or token answer comes near it. */
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_INFORMATIONAL = 8;

/** Who is told of what happens on the way. */
export interface ExchangeWatch {
  /** A connection could not be made. @returns whether it may be tried once more */
  mayRetry(): boolean;
  /** No whole answer came. */
  failed(failure: TransportFailure): void;
}

/**
 * One HTTP exchange: undici's handler for one request, its deadline and its promise.
 *
 * Whether a byte was sent is known from `onRequestStart`: undici calls it in the same turn as, and just before,
 * it writes the request to a connected socket, and never for a request whose connection failed. So before it
 * nothing has left; after it we must assume that the operator saw the token, whatever the socket says.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  private progress: Progress = 'queued';
  private settled = false;
  private retried = false;
  private controller: Dispatcher.DispatchController | undefined;
  private status = 0;
  private headers: UpstreamAnswer['headers'] = {};
  private chunks: Buffer[] = [];
  private size = 0;
  private informational = 0;
  private readonly timer: NodeJS.Timeout;

  /**
   * Sends one request and reads the whole answer.
   * @param deadlineMs bounds everything: connecting (twice, when the first time failed), headers and body
   * @returns the answer, whatever its status; a redirect is an answer and is never followed
   * @throws Problem operatorUnreachable | operatorTimeout | operatorRouteBroken, with neverSent when no byte left
   */
  static run(
    pool: Dispatcher,
    request: Dispatcher.DispatchOptions,
    deadlineMs: number,
    watch: ExchangeWatch,
  ): Promise<UpstreamAnswer> {
    return new Promise((resolve, reject) => {
      pool.dispatch(request, new Exchange(pool, request, deadlineMs, watch, resolve, reject));
    });
  }

  private constructor(
    private readonly pool: Dispatcher,
    private readonly request: Dispatcher.DispatchOptions,
    deadlineMs: number,
    private readonly watch: ExchangeWatch,
    private readonly resolve: (answer: UpstreamAnswer) => void,
    private readonly reject: (error: Error) => void,
  ) {
    this.timer = setTimeout(Exchange.onDeadline, deadlineMs, this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Throwing here makes undici drop the request and keep the connection: it waited too long, or would be sent twice.
    if (this.settled || this.progress !== 'queued') throw new Error('the call is over');
    this.progress = 'sent';
    this.controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: UpstreamAnswer['headers'],
  ): void {
    if (status < 200) {
      if (++this.informational > MAX_INFORMATIONAL) this.fail(refused('1xx'));
      return;
    }
    this.progress = 'answering';
    this.status = status;
    this.headers = headers;
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== '' && encoding !== 'identity') this.fail(refused('encoding'));
    else if (Number(headers['content-length']) > MAX_ANSWER_BYTES) this.fail(refused('too_large'));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.settled) return;
    this.size += chunk.length;
    if (this.size > MAX_ANSWER_BYTES) this.fail(refused('too_large'));
    else this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (!this.settle()) return;
    const whole = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks, this.size);
    this.resolve({ status: this.status, headers: this.headers, body: whole.toString('utf8') });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.settled) return;
    if ('code' in error && error.code === 'UND_ERR_INVALID_ARG') {
      // undici refuses to build the request: a header or path of ours, before anything is sent.
      this.settle();
      this.reject(new Problem('internal', { neverSent: true, cause: error }));
      return;
    }
    const failure = classify(error, this.progress);
    if (failure.retry && !this.retried && this.watch.mayRetry()) {
      this.retried = true;
      // In a turn of its own: undici is still taking the failed connection out of its pool.
      setImmediate(() => this.settled || this.pool.dispatch(this.request, this));
      return;
    }
    this.fail(failure, error);
  }

  private fail(failure: TransportFailure, cause?: Error): void {
    if (!this.settle()) return;
    this.chunks = [];
    this.watch.failed(failure);
    const problem = toProblem(failure, cause);
    this.reject(problem);
    this.controller?.abort(problem);
  }

  private settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    clearTimeout(this.timer);
    return true;
  }

  private static onDeadline(this: void, exchange: Exchange): void {
    exchange.fail(expired(exchange.progress));
  }
}
