import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../telemetry/logger.js';
import { Recurring } from './recurring.js';

const logger = createLogger('silent');

describe('recurring work', () => {
  it('asked for during a run is done once more after it, however often it was asked for', async () => {
    let done = 0;
    const runs: (() => void)[] = [];
    const work = () => new Promise<void>((end) => runs.push(end)).then(() => done++);
    const recurring = new Recurring(work, logger, 'failed');
    recurring.soon();
    for (let n = 0; n < 5; n++) recurring.soon();
    expect(runs).toHaveLength(1);
    runs[0]!();
    while (runs.length < 2) await sleep(1);
    runs[1]!();
    // oxlint-disable-next-line eslint/no-unmodified-loop-condition -- the work counts it
    while (done < 2) await sleep(1);
    await sleep(20);
    expect(runs).toHaveLength(2);
    await recurring.stop();
    recurring.soon();
    expect(runs).toHaveLength(2);
  });

  it('never runs twice at once, and stop waits for the run that is going on', async () => {
    let at = 0;
    let most = 0;
    let done = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++at);
      await sleep(20);
      at--;
      done++;
    };
    const recurring = new Recurring(work, logger, 'failed');
    recurring.start(5);
    // oxlint-disable-next-line eslint/no-unmodified-loop-condition -- the work counts it
    while (done < 2) await sleep(5);
    await recurring.stop();
    expect(most).toBe(1);
    expect(at).toBe(0);
    const before = done;
    await sleep(30);
    expect(done).toBe(before);
  });

  it('goes on after a run that failed', async () => {
    let runs = 0;
    const recurring = new Recurring(() => Promise.reject(new Error(String(++runs))), logger, 'failed');
    recurring.start(5);
    await sleep(60);
    await recurring.stop();
    expect(runs).toBeGreaterThan(1);
  });
});
