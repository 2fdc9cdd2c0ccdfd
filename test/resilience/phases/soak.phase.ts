import { setTimeout as sleep } from 'node:timers/promises';
import { everyCall, quantile } from '../check/all.js';
import { violation, Violation } from '../check/evidence.js';
import { readEvidence } from '../check/read-evidence.js';
import { FAULT_CASES } from '../rows/fault-cases.js';
import { DEADLINE_MS, MAIN_OPERATORS } from '../virtual-operators.js';
import { MetricsPage } from '../world/metrics-page.js';
import { resourcesOf } from '../world/resources.js';
import { VirtualAsp } from '../world/virtual-asp.js';
import { logBytesOf } from './fuzz/fuzz.phase.js';
import { CatalogueRow, Phase, Run } from './phase.js';
import { Stalls } from './stalls.js';

const SOAK: CatalogueRow = { id: 'P15', title: 'minutes of everything at once', short: false };

const PCT = 5;
const SAMPLE_MS = 3_000;
const SIGN_IN_EVERY_MS = 500;
const OPERATOR = MAIN_OPERATORS[0]!.id;

/** What each process holds at one moment, by name. */
type Sample = Record<string, number>;

/** Calls, faults and sign-ins for a while: what the processes hold must not grow with what they have done. */
export const soakPhase: Phase = {
  name: 'soak',
  rows: [SOAK],
  run: async (run) => {
    const { load, options, profile, report, thresholds, world } = run;
    const startedAt = performance.now();
    const operatorIds = MAIN_OPERATORS.map(({ id }) => id);
    const fault = [...new Set(FAULT_CASES.map((one) => one.fault))].join(',');
    for (const operator of operatorIds) {
      await world.sim.fault({ operator, endpoint: 'verify', fault, pct: PCT, seed: options.seed });
    }
    const asp = await VirtualAsp.enrol(world, world.tenants[9]!);
    const from = await world.sim.position();
    const bytesBefore = logBytesOf(run);
    const stalls = new Stalls();
    stalls.begin();
    const { tenants } = world;
    const running = load.start({
      label: 'soak',
      kind: 'victim',
      operatorIds,
      tenants,
      ratePerSecond: profile.soakRate,
    });
    const signIns = new Rounds(() => asp.signIn(OPERATOR), SIGN_IN_EVERY_MS);
    const samples: Sample[] = [];
    for (const until = performance.now() + profile.soakMs; performance.now() < until;) {
      await sleep(SAMPLE_MS);
      samples.push(await sampleOf(run));
    }
    running.stop();
    const failed = await signIns.stop();
    await asp.close();
    const records = await running.done;
    for (const operator of operatorIds) await world.sim.heal(operator);
    const stallMs = stalls.end();
    const evidence = await readEvidence(world, 'soak', records, from);
    const written = Math.round((logBytesOf(run) - bytesBefore) / records.length);
    report.judge({
      ...SOAK,
      phase: 'soak',
      startedAt,
      violations: [
        ...everyCall(evidence, DEADLINE_MS + thresholds.answerSlackMs + stallMs),
        ...grown(samples, run),
      ],
      problems: [
        ...(failed > signIns.count * thresholds.soakFailedShare
          ? [`${failed} of ${signIns.count} sign-ins failed`]
          : []),
        ...(written > thresholds.logBytesPerRequest ? [`${written} bytes of log per call`] : []),
      ],
      figures: {
        calls: records.length,
        'sign-ins': signIns.count,
        'failed sign-ins': failed,
        p99: quantile(
          records.map(({ ms }) => ms),
          0.99,
        ),
        'log bytes per call': written,
        ...Object.fromEntries(
          Object.keys(samples[0] ?? {}).map((name) => [name, growthOf(samples, name).join(' → ')]),
        ),
        stall: stallMs,
      },
    });
  },
};

/** Something done again and again, beside everything else. */
class Rounds {
  count = 0;
  private failed = 0;
  private readonly timer: NodeJS.Timeout;
  private readonly pending = new Set<Promise<void>>();

  constructor(work: () => Promise<unknown>, everyMs: number) {
    this.timer = setInterval(() => {
      this.count++;
      const one = this.try(work).finally(() => this.pending.delete(one));
      this.pending.add(one);
    }, everyMs);
  }

  private async try(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch {
      this.failed++;
    }
  }

  /** @returns how many failed */
  async stop(): Promise<number> {
    clearInterval(this.timer);
    await Promise.all(this.pending);
    return this.failed;
  }
}

async function sampleOf({ world }: Run): Promise<Sample> {
  const pages = await Promise.all(
    world.gateways.map(async ({ managementUrl, name }): Promise<[string, number][]> => {
      const page = await MetricsPage.read(managementUrl);
      return [
        [`${name} heap MB`, Math.round(page.sum('nodejs_heap_size_used_bytes') / 1_048_576)],
        [`${name} handles`, page.sum('nodejs_active_handles_total')],
      ];
    }),
  );
  return { ...resourcesOf(world.gateways), ...Object.fromEntries(pages.flat()) };
}

/** The first third is for warming up. What is given back between collections counts as given back: the least it held. */
function growthOf(samples: readonly Sample[], name: string): [before: number, after: number] {
  const third = Math.floor(samples.length / 3);
  const least = (some: readonly Sample[]): number => Math.min(...some.map((sample) => sample[name]!));
  return [least(samples.slice(third, 2 * third)), least(samples.slice(2 * third))];
}

function grown(samples: readonly Sample[], { thresholds }: Run): Violation[] {
  return Object.keys(samples[0] ?? {}).flatMap((name) => {
    const [before, after] = growthOf(samples, name);
    const bound = name.endsWith('MB') ? thresholds.soakGrowthMb : thresholds.soakGrowthHandles;
    return after - before > bound ? [violation('I9', '', `${name} grew from ${before} to ${after}`)] : [];
  });
}
