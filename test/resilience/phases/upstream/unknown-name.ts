import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, everyCall, ofOperator, quantile } from '../../check/all.js';
import { violation } from '../../check/evidence.js';
import { readEvidence } from '../../check/read-evidence.js';
import { BAD_GATEWAY, TIMEOUT, UNAVAILABLE } from '../../rows/fault-case.js';
import { DEADLINE_MS } from '../../virtual-operators.js';
import { CatalogueRow, Run } from '../phase.js';
import { Stalls } from '../stalls.js';

const LABEL = 'nowhere';
const NOWHERE = 'spare-nowhere';
/** Makes a connection for every call, so that it needs the names too. */
const NEIGHBOUR = 'main-21';
const LASTS_MS = 4_000;

export const UNKNOWN_NAME: CatalogueRow = {
  id: 'U36',
  title: 'has a name nobody knows; a neighbour looks up his',
  short: true,
};

/** The names of one operator are the affair of that operator alone, however long a name server thinks. */
export async function runUnknownName({ load, report, thresholds, world }: Run): Promise<void> {
  const startedAt = performance.now();
  await world.sim.fault({ operator: NEIGHBOUR, fault: 'close_after' });
  const from = await world.sim.position();
  const stalls = new Stalls();
  stalls.begin();
  const running = load.start({
    label: LABEL,
    kind: 'victim',
    operatorIds: [NOWHERE, NEIGHBOUR],
    tenants: world.tenants,
    ratePerSecond: 60,
  });
  await sleep(LASTS_MS);
  running.stop();
  const evidence = await readEvidence(world, LABEL, await running.done, from);
  await world.sim.heal(NEIGHBOUR);
  const stallMs = stalls.end();
  const nowhere = ofOperator(evidence, NOWHERE).load;
  const neighbour = ofOperator(evidence, NEIGHBOUR).load;
  const told = nowhere.filter((one) => ![BAD_GATEWAY, TIMEOUT, UNAVAILABLE].includes(answerOf(one)));
  const harmed = neighbour.filter(({ status }) => status !== 200);
  report.judge({
    ...UNKNOWN_NAME,
    phase: 'upstream',
    startedAt,
    violations: [
      ...everyCall(evidence, DEADLINE_MS + thresholds.answerSlackMs + stallMs),
      ...told.map((one) => violation('row', one.jti, `answered ${answerOf(one)}`)),
      ...harmed.map((one) => violation('I6', one.jti, `the neighbour's call became ${answerOf(one)}`)),
    ],
    problems: ofOperator(evidence, NOWHERE).rows.length > 0 ? ['rows for calls that were never sent'] : [],
    figures: {
      nowhere: nowhere.length,
      'nowhere p50': quantile(nowhere.map(msOf), 0.5),
      neighbour: neighbour.length,
      'neighbour p50': quantile(neighbour.map(msOf), 0.5),
      'neighbour p100': quantile(neighbour.map(msOf), 1),
      stall: stallMs,
    },
  });
}

const msOf = ({ ms }: { ms: number }): number => ms;
