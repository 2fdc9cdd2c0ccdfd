import { setTimeout as sleep } from 'node:timers/promises';
import { everyCall, quantile } from '../../check/all.js';
import { Latencies, victimWithinBounds } from '../../check/bounds.js';
import { Evidence, Violation } from '../../check/evidence.js';
import { readEvidence } from '../../check/read-evidence.js';
import { LoadRecord } from '../../load/load-record.js';
import { DEADLINE_MS, MAIN_OPERATORS } from '../../virtual-operators.js';
import { SeededTenant } from '../../world/seed-tenants.js';
import { Run } from '../phase.js';
import { Stalls } from '../stalls.js';

/** One fault of a dependency, and the load of the innocent before, during and after it. */
export interface SpellOrder {
  /** Of the load. */
  readonly label: string;
  /** All of them unless given. */
  readonly tenants?: readonly SeededTenant[];
  /** How long it lasts once it is in force. */
  readonly lastsMs: number;
  breaks(): Promise<void> | void;
  heals(): Promise<void> | void;
  /** While it lasts, beside the load. */
  meanwhile?(): Promise<void>;
  /** Until the load may end; everything by then belongs to the fault. */
  recovered?(): Promise<void>;
}

export interface Spell {
  readonly startedAt: number;
  /** Where its part of the operators' records begins. */
  readonly from: number;
  /** Milliseconds since the epoch. */
  readonly brokenAt: number;
  readonly healedAt: number;
  readonly evidence: Evidence;
  readonly stallMs: number;
}

/** A short outage is nearly all beginning: whoever waited for the first timeout weighs too much in it. */
const SHORT_OUTAGE_MS = 30_000;
const FIRST_MOMENT_MS = 600;
/** What the recovery may take before the load goes on without. */
const LAST_MS = 500;

export async function runSpell(run: Run, order: SpellOrder): Promise<Spell> {
  const { load, profile, world } = run;
  const startedAt = performance.now();
  const from = await world.sim.position();
  const stalls = new Stalls();
  stalls.begin();
  const running = load.start({
    label: order.label,
    kind: 'victim',
    operatorIds: MAIN_OPERATORS.map(({ id }) => id),
    tenants: order.tenants ?? world.tenants,
    ratePerSecond: profile.innocentRate,
  });
  let brokenAt = 0;
  let healedAt = 0;
  try {
    await sleep(profile.calmMs);
    brokenAt = Date.now();
    await order.breaks();
    await Promise.all([sleep(order.lastsMs), order.meanwhile?.()]);
  } finally {
    healedAt = Date.now();
    await order.heals();
    await order.recovered?.();
    await sleep(LAST_MS);
    running.stop();
  }
  const evidence = await readEvidence(world, order.label, await running.done, from);
  return { startedAt, from, brokenAt, healedAt, evidence, stallMs: stalls.end() };
}

/** How the innocent fared: all of them before the fault, and from its beginning to the end of the load. */
function faresOf(spell: Spell): { calm: Latencies; broken: Latencies; first: LoadRecord[] } {
  const { brokenAt, healedAt, evidence } = spell;
  const skipped = healedAt - brokenAt < SHORT_OUTAGE_MS ? FIRST_MOMENT_MS : 0;
  const before = evidence.load.filter(({ sentAt }) => sentAt < brokenAt - DEADLINE_MS / 2);
  const since = evidence.load.filter(({ sentAt }) => sentAt >= brokenAt);
  const judged = since.filter(({ sentAt }) => sentAt >= brokenAt + skipped);
  return {
    calm: latencies(before, before),
    broken: latencies(since, judged),
    first: since.filter(({ sentAt }) => sentAt < brokenAt + FIRST_MOMENT_MS),
  };
}

function latencies(all: readonly LoadRecord[], judged: readonly LoadRecord[]): Latencies {
  return {
    errors: all.filter(({ expected, verdict }) => verdict !== expected).length,
    p99Ms: quantile(
      judged.map(({ lateMs, ms }) => lateMs + ms),
      0.99,
    ),
  };
}

/** No error, hardly slower, and every call on record once: what a fault must not change. */
export function nothingHappened({ baseline, thresholds }: Run, spell: Spell): Violation[] {
  const { calm, broken } = faresOf(spell);
  const { answerSlackMs, victimP99Ms: ms, victimP99Share: share } = thresholds;
  const base = { errors: 0, p99Ms: Math.max(baseline.p99Ms, calm.p99Ms) };
  return [
    ...everyCall(spell.evidence, DEADLINE_MS + answerSlackMs + spell.stallMs),
    ...victimWithinBounds(base, broken, { share, ms }),
  ];
}

/** For the report. */
export function figuresOf(spell: Spell): Record<string, number> {
  const { calm, broken, first } = faresOf(spell);
  return {
    calls: spell.evidence.load.length,
    errors: broken.errors,
    'calm p99': calm.p99Ms,
    p99: broken.p99Ms,
    'first calls p100': quantile(
      first.map(({ ms }) => ms),
      1,
    ),
    stall: spell.stallMs,
  };
}
