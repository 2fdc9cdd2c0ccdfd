import { COVERED_PROCESSES, UNPROVEN_PROCESSES } from '../../rows/processes-elsewhere.js';
import { SAID_OF_POSTGRES } from '../dependency/dependency.phase.js';
import { nameElsewhere, rowsElsewhere } from '../elsewhere.js';
import { CatalogueRow, Phase, Run } from '../phase.js';
import { DESCRIPTORS, runDescriptors } from './descriptors.js';
import {
  HUNG_UPSTREAM,
  runEndWithoutPostgres,
  runHungUpstream,
  runSecondSignal,
  SECOND_SIGNAL,
  WITHOUT_POSTGRES,
} from './endings.js';
import { KILLS, runKills } from './kills.js';
import { RESTARTS, runRestarts } from './restarts.js';
import { ROLLING_SIGN_INS, runRollingSignIns } from './rolling-sign-ins.js';
import { runStall, STALL } from './stall.js';

const ELSEWHERE = { covered: COVERED_PROCESSES, unproven: UNPROVEN_PROCESSES };

const SINGLE: readonly (readonly [CatalogueRow, (run: Run) => Promise<void>])[] = [
  [RESTARTS, runRestarts],
  [SECOND_SIGNAL, runSecondSignal],
  [HUNG_UPSTREAM, runHungUpstream],
  [WITHOUT_POSTGRES, runEndWithoutPostgres],
  [STALL, runStall],
  [DESCRIPTORS, runDescriptors],
  [ROLLING_SIGN_INS, runRollingSignIns],
];

/** Gateways are killed, restarted, stopped in their tracks; callers and ledger must not notice. */
export const processPhase: Phase = {
  name: 'process',
  rows: [
    ...KILLS.map(({ id, title, short }) => ({ id, title, short })),
    ...SINGLE.map(([row]) => row),
    ...rowsElsewhere(ELSEWHERE),
  ],
  run: async (run, wanted) => {
    const asked = ({ id, title }: { id: string; title: string }): boolean =>
      wanted.some((row) => row.id === id && row.title === title);
    run.expectedErrors.push(...SAID_OF_POSTGRES);
    for (const kills of KILLS.filter(asked)) await runKills(run, kills);
    for (const [row, prove] of SINGLE) if (asked(row)) await prove(run);
    nameElsewhere(run, 'process', ELSEWHERE, wanted);
  },
};
