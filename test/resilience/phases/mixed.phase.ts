import { everyCall, quantile } from '../check/all.js';
import { countersMatch } from '../check/bounds.js';
import { Evidence, Violation } from '../check/evidence.js';
import { readEvidence } from '../check/read-evidence.js';
import { LoadRecord } from '../load/load-record.js';
import { FAULT_CASES } from '../rows/fault-cases.js';
import { MetricsPage } from '../world/metrics-page.js';
import { DEADLINE_MS, MAIN_OPERATORS } from '../virtual-operators.js';
import { CatalogueRow, Phase, Run } from './phase.js';
import { Stalls } from './stalls.js';

/** Judged in pieces: three ledgers of a quarter million calls need not lie in memory together. */
const PIECE = 20_000;
const PCT = 20;
const MAX_IN_FLIGHT = 200;
/** The first piece: the ways of faults are compiled in it, so it is judged for everything but time. */
const WARM_UP_CALLS = 1_500;

const TRUTH: CatalogueRow = { id: 'G14', title: 'no wrong answer among mixed faults', short: true };
const COUNTERS: CatalogueRow = { id: 'I11', title: 'metrics count what the ledger holds', short: true };

/** What adds up over the pieces. */
interface Sum {
  calls: number;
  verdicts: number;
  faulted: number;
  honest: number;
  honestGood: number;
  worstMs: number;
  stallMs: number;
  readonly results: Record<string, number>;
  readonly violations: Violation[];
}

/** Every fault of the catalogue at every operator at once, one request in five, drawn by the seed. */
export const mixedPhase: Phase = {
  name: 'mixed',
  rows: [TRUTH, COUNTERS],
  run: async (run) => {
    const { load, options, profile, report, thresholds, world } = run;
    const startedAt = performance.now();
    const fault = [...new Set(FAULT_CASES.map((one) => one.fault))].join(',');
    const operatorIds = MAIN_OPERATORS.map(({ id }) => id);
    for (const operator of operatorIds) {
      await world.sim.fault({ operator, fault, pct: PCT, seed: options.seed });
    }
    const before = await verdictCounters(run);
    const sum: Sum = {
      calls: 0,
      verdicts: 0,
      faulted: 0,
      honest: 0,
      honestGood: 0,
      worstMs: 0,
      stallMs: 0,
      results: { MATCH: 0, NO_MATCH: 0, NUMBER: 0 },
      violations: [],
    };
    for (let piece = 0; sum.calls < profile.mixedCalls; piece++) {
      const label = `mixed${piece}`;
      const from = await world.sim.position();
      const stalls = new Stalls();
      stalls.begin();
      const calls = Math.min(piece === 0 ? WARM_UP_CALLS : PIECE, profile.mixedCalls - sum.calls);
      const { tenants } = world;
      const records = await load.run({
        label,
        kind: 'victim',
        operatorIds,
        tenants,
        ratePerSecond: profile.mixedRate,
        maxInFlight: MAX_IN_FLIGHT,
        calls,
      });
      const stallMs = stalls.end();
      const slackMs = piece === 0 ? Infinity : thresholds.answerSlackMs;
      // The tolerance has the longest stall: who met several was kept for longer by the load itself.
      const ownMs = (call: LoadRecord): number => Math.max(0, stalls.during(call) - stallMs);
      add(sum, await readEvidence(world, label, records, from), { stallMs, slackMs, ownMs });
    }
    for (const operator of operatorIds) await world.sim.heal(operator);
    const after = await verdictCounters(run);
    const { honest, honestGood, violations } = sum;
    const wrong = violations.filter(({ invariant }) => invariant === 'I3').length;
    const share = honestGood / honest;
    report.judge({
      ...TRUTH,
      phase: 'mixed',
      startedAt,
      violations,
      problems:
        share < thresholds.mixedHonestShare ? [`only ${share} of the honest answers came through`] : [],
      figures: {
        calls: sum.calls,
        faulted: sum.faulted,
        verdicts: sum.verdicts,
        wrong,
        p100: Math.round(sum.worstMs),
        'honest through': Math.round(share * 10_000) / 10_000,
        stall: sum.stallMs,
      },
    });
    const counted = Object.fromEntries(
      Object.entries(after).map(([name, value]) => [name, value - before[name]!]),
    );
    report.judge({
      ...COUNTERS,
      phase: 'mixed',
      startedAt,
      violations: countersMatch(counted, sum.results),
      figures: sum.results,
    });
  },
};

interface Slack {
  readonly stallMs: number;
  readonly slackMs: number;
  readonly ownMs: (call: LoadRecord) => number;
}

function add(sum: Sum, evidence: Evidence, { stallMs, slackMs, ownMs }: Slack): void {
  const { load, rows, sim } = evidence;
  const faulted = new Set(sim.filter(({ fault }) => fault !== '').map(({ jti }) => jti));
  const honest = load.filter(({ jti }) => !faulted.has(jti));
  sum.calls += load.length;
  sum.verdicts += load.filter(({ status }) => status === 200).length;
  sum.faulted += faulted.size;
  sum.honest += honest.length;
  sum.honestGood += honest.filter(({ status }) => status === 200).length;
  sum.worstMs = Math.max(
    sum.worstMs,
    quantile(
      load.map(({ ms }) => ms),
      1,
    ),
  );
  sum.stallMs = Math.max(sum.stallMs, stallMs);
  for (const { result } of rows) {
    if (result !== null && result in sum.results) sum.results[result]!++;
  }
  const withinMs = DEADLINE_MS + slackMs + stallMs;
  for (const found of everyCall(evidence, withinMs, { ownMs })) sum.violations.push(found);
}

const OUTCOMES = { MATCH: 'match', NO_MATCH: 'no_match', NUMBER: 'shared' } as const;

async function verdictCounters({ world }: Run): Promise<Record<string, number>> {
  const pages = await Promise.all(world.gateways.map(({ managementUrl }) => MetricsPage.read(managementUrl)));
  return Object.fromEntries(
    Object.entries(OUTCOMES).map(([name, outcome]) => [
      name,
      pages.reduce((all, page) => all + page.sum('nvgw_verifications_total', { outcome }), 0),
    ]),
  );
}
