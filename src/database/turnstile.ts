import { Client } from 'pg';

/** Less a timer's inaccuracy, one second: who tries again after a second must not come too early. */
const PAUSE_MS = 995;

type Connected = (error?: Error) => void;

/**
 * Keeps a pool from storming a server that is away or full: after an attempt to connect has failed, one attempt a
 * second is made, and whoever asks meanwhile gets its error at once. A mere timeout counts only while the pool has
 * no connection at all: a busy machine is not an outage.
 * @returns a client class for one pool
 */
export function turnstile(): typeof Client {
  let failure: Error | undefined;
  let triedAt = -Infinity;
  let open = 0;

  return class extends Client {
    override connect(): Promise<this>;
    override connect(callback: Connected): void;
    override connect(callback?: Connected): Promise<this> | void {
      if (callback) return this.pass(callback);
      return new Promise((resolve, reject) => {
        this.pass((error) => (error ? reject(error) : resolve(this)));
      });
    }

    private pass(callback: Connected): void {
      const now = performance.now();
      if (failure && now - triedAt < PAUSE_MS) {
        process.nextTick(callback, failure);
        return;
      }
      triedAt = now;
      super.connect((error: Error | undefined) => {
        if (error) {
          if (open === 0 || 'severity' in error) failure = error;
          return callback(error);
        }
        failure = undefined;
        open++;
        this.once('end', () => open--);
        callback();
      });
    }
  };
}
