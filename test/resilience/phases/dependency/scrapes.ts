import { CatalogueRow, Run } from '../phase.js';
import { quietest } from '../overload/innocent.js';
import { verdictOn } from '../../report/report.js';
import { RowResult } from '../../report/result.js';
import { figuresOf, nothingHappened, runSpell } from './spell.js';

export const SCRAPES: CatalogueRow = {
  id: 'D20',
  title: 'a hundred scrapes of the metrics at once, again and again',
  short: false,
};

const AT_ONCE = 100;
const TIMES = 5;
const LASTS_MS = 3_000;

/** Whoever looks at a gateway does not hold up its calls. */
export async function runScrapes(run: Run): Promise<void> {
  run.report.add(await quietest(run, (nth) => tryScrapes(run, `d20${nth}`)));
}

async function tryScrapes(run: Run, label: string): Promise<RowResult> {
  const urls = run.world.gateways.map(({ managementUrl }) => `${managementUrl}/metrics`);
  let bytes = 0;
  const scrape = async (url: string): Promise<void> => {
    const answer = await fetch(url);
    bytes = (await answer.arrayBuffer()).byteLength;
  };
  const spell = await runSpell(run, {
    label,
    lastsMs: LASTS_MS,
    breaks: async () => {
      for (let n = 0; n < TIMES; n++) {
        const many = Array.from({ length: AT_ONCE }, (_, at) => scrape(urls[at % urls.length]!));
        await Promise.all(many);
      }
    },
    heals: () => {},
  });
  return verdictOn({
    ...SCRAPES,
    phase: 'dependency',
    startedAt: spell.startedAt,
    violations: nothingHappened(run, spell),
    figures: { ...figuresOf(spell), 'bytes a page': bytes },
  });
}
