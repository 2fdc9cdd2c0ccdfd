import { COVERED, UNPROVEN } from '../../rows/covered-by.js';
import { FAULT_CASES } from '../../rows/fault-cases.js';
import { OUTAGE_CASES } from '../../rows/outage-cases.js';
import { nameElsewhere, rowsElsewhere } from '../elsewhere.js';
import { CatalogueRow, Phase } from '../phase.js';
import { FLAPPING, runFlapping } from './flapping.js';
import { runOutages } from './outages.js';
import { runRequestFaults } from './request-faults.js';
import { runUnknownName, UNKNOWN_NAME } from './unknown-name.js';

const ELSEWHERE = { covered: COVERED, unproven: UNPROVEN };

const rowOf = ({
  id,
  title,
  short = false,
}: {
  id: string;
  title: string;
  short?: boolean;
}): CatalogueRow => ({
  id,
  title,
  short,
});

/** Everything an operator can do wrong at the door of its API; what happens at sign-in is proven by Jest. */
export const upstreamPhase: Phase = {
  name: 'upstream',
  rows: [
    ...[...FAULT_CASES, ...OUTAGE_CASES].map(rowOf),
    UNKNOWN_NAME,
    FLAPPING,
    ...rowsElsewhere(ELSEWHERE),
  ],
  run: async (run, wanted) => {
    const asked = ({ id, title }: { id: string; title: string }): boolean =>
      wanted.some((row) => row.id === id && row.title === title);
    const faults = FAULT_CASES.filter(asked);
    const outages = OUTAGE_CASES.filter(asked);
    if (faults.length > 0) await runRequestFaults(run, faults);
    // An operator that refuses the gateway itself is our own affair, and logged as such.
    run.expectedErrors.push(/"reason":"GATEWAY_CREDENTIALS"/);
    if (outages.length > 0) await runOutages(run, outages);
    if (wanted.includes(UNKNOWN_NAME)) await runUnknownName(run);
    if (wanted.includes(FLAPPING)) await runFlapping(run);
    nameElsewhere(run, 'upstream', ELSEWHERE, wanted);
  },
};
