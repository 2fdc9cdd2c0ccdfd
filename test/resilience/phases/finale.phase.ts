import { nothingLeaked, resourcesReturned } from '../check/bounds.js';
import { endedInOrder } from '../check/conduct.js';
import { resourcesOf } from '../world/resources.js';
import { CatalogueRow, Phase, Run } from './phase.js';
import { until } from './until.js';

const LEAKS: CatalogueRow = { id: 'I8', title: 'nothing private in the logs', short: true };
const RETURNED: CatalogueRow = { id: 'I9', title: 'descriptors and memory are given back', short: true };
const ORDER: CatalogueRow = { id: 'I14', title: 'clean logs, exit codes 0', short: true };

/** Numbers of the virtual devices, plain (one UUID in some thousands ends like one); operator tokens; our own sealed tokens; SHA-256 in hex. */
const CANARIES = [
  /(?<![0-9a-f-])990\d{9}(?![0-9a-f])/,
  /~[0-9a-f]{24}/,
  /eyJ[\w-]{20,}\.[\w-]*\.[\w-]/,
  /\b[0-9a-f]{64}\b/i,
];

/** What can be said only when all is over. It stops the gateways: nothing comes after it. */
export const finalePhase: Phase = {
  name: 'finale',
  rows: [LEAKS, RETURNED, ORDER],
  run: async (run, wanted) => {
    if (wanted.includes(RETURNED)) await judgeResources(run);
    const { report, world } = run;
    let startedAt = performance.now();
    const logs = world.logs();
    if (wanted.includes(LEAKS)) {
      const bytes = logs.reduce((sum, { text }) => sum + text.length, 0);
      const violations = nothingLeaked(logs, CANARIES);
      report.judge({ ...LEAKS, phase: 'finale', startedAt, violations, figures: { bytes } });
    }
    if (!wanted.includes(ORDER)) return;
    startedAt = performance.now();
    const exits = await Promise.all(world.gateways.map((gateway) => gateway.stop()));
    const violations = endedInOrder(
      world.logs(),
      exits.map((exit) => exit ?? 'was not running'),
      run.expectedErrors,
    );
    report.judge({ ...ORDER, phase: 'finale', startedAt, violations, figures: { exits: exits.join(' ') } });
  },
};

/** Idle connections are closed after some seconds: that is waited for. */
async function judgeResources({ report, thresholds, world }: Run): Promise<void> {
  const startedAt = performance.now();
  const { fdSlack, rssShare, rssSlackMb } = thresholds;
  const names = Object.keys(world.resourcesAtStart);
  const slack = Object.fromEntries(names.map((name) => [name, name.endsWith('MB') ? rssSlackMb : fdSlack]));
  const judged = () =>
    resourcesReturned(world.resourcesAtStart, resourcesOf(world.gateways), { share: rssShare, slack });
  await until(() => judged().length === 0, 30_000, 250);
  report.judge({
    ...RETURNED,
    phase: 'finale',
    startedAt,
    violations: judged(),
    figures: resourcesOf(world.gateways),
  });
}
