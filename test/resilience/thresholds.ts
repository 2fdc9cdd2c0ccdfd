import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

// Compiled to dist/test/resilience: the figures stay beside the sources.
const FILE = fileURLToPath(new URL('../../../test/resilience/thresholds.json', import.meta.url));

const bound = z.number().positive();

/** Every bound of the harness, in one file; names end in their unit. A phase adds its own here and there. */
const Thresholds = z.strictObject({
  /** Beyond the deadline of a call, before what the machine itself stalled. */
  answerSlackMs: bound,
  /** A machine that keeps a process waiting for longer is too busy to judge others by. */
  calmStallMs: bound,
  /** From the end of a fault to the first good answer, while the backoff has not grown. */
  recoverMs: bound,
  /** With fewer faulted calls a row has proven nothing. */
  minimumFaulted: bound,
  connectionRefusedMedianMs: bound,
  openCircuitMedianMs: bound,
  /** Calls that were under way when a circuit opened. */
  probesOfLatecomers: bound,
  flappingOpensPerGateway: bound,
  /** Of the mixed calls that met no fault, how many must succeed: the rest met a circuit that others opened. */
  mixedHonestShare: bound,
  victimP99Share: bound,
  victimP99Ms: bound,
  fdSlack: bound,
  rssShare: bound,
  rssSlackMb: bound,
});
export type Thresholds = z.infer<typeof Thresholds>;

export function readThresholds(): Thresholds {
  return Thresholds.parse(JSON.parse(readFileSync(FILE, 'utf8')));
}
