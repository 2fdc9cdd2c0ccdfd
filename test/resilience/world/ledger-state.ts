import { setTimeout as sleep } from 'node:timers/promises';
import { MetricsPage } from './metrics-page.js';
import { World } from './world.js';

export type LedgerMode = 'postgres' | 'journal' | 'closed';

/** Whether every gateway records its calls there. A gateway that does not answer does not. */
export async function allRecordIn(world: World, mode: LedgerMode): Promise<boolean> {
  const pages = await pagesOf(world).catch(() => undefined);
  return pages?.every((page) => page.sum('nvgw_ledger_mode', { mode }) === 1) ?? false;
}

/** Whether every call that was ever recorded in a journal is in Postgres. */
async function allReplayed(world: World): Promise<boolean> {
  const pages = await pagesOf(world).catch(() => undefined);
  return (
    pages?.every(
      (page) =>
        page.sum('nvgw_ledger_mode', { mode: 'postgres' }) === 1 &&
        page.sum('nvgw_ledger_journal_bytes') === 0 &&
        page.sum('nvgw_ledger_journal_records') === 0,
    ) ?? false
  );
}

/** What became of the journals after an outage. */
export interface Replayed {
  /** Until nothing was left in any journal; undefined: something was. */
  readonly ms: number | undefined;
  /** A call has two: before it was sent, and what came of it. */
  readonly lines: number;
  /** While lines came in at all, over all gateways. */
  readonly linesPerSecond: number;
}

const LOOK_EVERY_MS = 25;
const BROUGHT_IN = 'SELECT coalesce(sum(last_seq - first_seq + 1), 0)::int AS lines FROM ledger_replayed';

/** Watches the journals empty themselves. Call it when Postgres is back. */
export async function watchReplay(world: World, withinMs: number): Promise<Replayed> {
  const began = performance.now();
  const seen: { at: number; lines: number }[] = [];
  let ms: number | undefined;
  while (ms === undefined && performance.now() - began < withinMs) {
    const found = await world.pool.query<{ lines: number }>(BROUGHT_IN).catch(() => undefined);
    if (found) seen.push({ at: performance.now(), lines: found.rows[0]!.lines });
    if (await allReplayed(world)) ms = Math.round(performance.now() - began);
    else await sleep(LOOK_EVERY_MS);
  }
  const first = seen[0]?.lines ?? 0;
  const last = seen.at(-1)?.lines ?? 0;
  const from = seen.findLast(({ lines }) => lines === first);
  const to = seen.find(({ lines }) => lines === last);
  const seconds = from && to ? Math.max(LOOK_EVERY_MS, to.at - from.at) / 1_000 : 1;
  return { ms, lines: last - first, linesPerSecond: Math.round((last - first) / seconds) };
}

function pagesOf({ gateways }: World): Promise<MetricsPage[]> {
  return Promise.all(gateways.map(({ managementUrl }) => MetricsPage.read(managementUrl)));
}
