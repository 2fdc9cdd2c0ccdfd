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
  /** Before the deadline: a gateway that runs late ends its wait for the operator up to 100 ms earlier. */
  earlySlackMs: bound,
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
  /** How far the calls that pass may be beyond a rate, in parts of it. */
  limitSlack: bound,
  /** How many calls of a quota may stay unused when it is counted together, and when each gateway has its part. */
  sharedQuotaSlack: bound,
  dividedQuotaSlack: bound,
  /** p99 of what passes while there is too much, beyond what it takes otherwise. */
  overloadSlackMs: bound,
  overloadGoodputShare: bound,
  /** Of the calls after an operator has come back to a storm of retries. */
  stormFailedShare: bound,
  logBytesPerRequest: bound,
  /** Of the sign-ins: on a busy machine one may meet a Postgres that is late, and then ends where it began or not at all. */
  soakFailedShare: bound,
  /** What a process may hold more in the last third of the soak than in the second one. */
  soakGrowthMb: bound,
  soakGrowthHandles: bound,
  fdSlack: bound,
  rssShare: bound,
  rssSlackMb: bound,
  /** From the return of Postgres until all that the journals held is in it. */
  replayedWithinMs: bound,
  /** From a change in the database until every process goes by it. */
  propagationMs: bound,
  /** From the start of a process to its readiness while Postgres is away. */
  coldStartMs: bound,
  /** Of a process that had nothing to start from, once Postgres is there. */
  readyAfterReturnMs: bound,
  readyAfterKillMs: bound,
  /** From SIGTERM to the end of the process. */
  exitMs: bound,
  secondSignalMs: bound,
});
export type Thresholds = z.infer<typeof Thresholds>;

export function readThresholds(): Thresholds {
  return Thresholds.parse(JSON.parse(readFileSync(FILE, 'utf8')));
}
