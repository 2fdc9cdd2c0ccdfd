import { quantile } from '../check/all.js';
import { Latencies } from '../check/bounds.js';
import { LoadRecord } from '../load/load-record.js';
import { Load } from '../load/load.js';
import { Profile } from '../options.js';
import { MAIN_OPERATORS } from '../virtual-operators.js';
import { World } from '../world/world.js';

/** What this machine can do today with nothing broken: bounds of latency are relative to it. */
export interface Baseline extends Latencies {
  readonly p50Ms: number;
  readonly calls: number;
}

/** A machine that never comes to rest is judged all the same; the report then says so. */
const CALM_WITHIN_MS = 30_000;

/** Warms all processes up until nothing fails any more, then measures. */
export async function measureBaseline(
  { load, world }: { load: Load; world: World },
  { baselineMs, upstreamRate, warmUpMs }: Profile,
): Promise<Baseline> {
  const operatorIds = MAIN_OPERATORS.map(({ id }) => id);
  const run = (label: string, durationMs: number): Promise<readonly LoadRecord[]> =>
    load.run({
      label,
      kind: 'victim',
      operatorIds,
      tenants: world.tenants,
      ratePerSecond: upstreamRate,
      durationMs,
    });
  const calmBy = performance.now() + CALM_WITHIN_MS;
  for (let lap = 1; wrong(await run(`warmup${lap}`, warmUpMs)) > 0 && performance.now() < calmBy;) lap++;
  const records = await run('baseline', baselineMs);
  const times = records.map(({ lateMs, ms }) => lateMs + ms);
  return {
    calls: records.length,
    errors: wrong(records),
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
  };
}

function wrong(records: readonly LoadRecord[]): number {
  return records.filter(({ expected, verdict }) => verdict !== expected).length;
}
