import { ATTACK_CASES } from '../../rows/attack-cases.js';
import { ATTACKS_COVERED, ATTACKS_UNPROVEN } from '../../rows/attack-covered.js';
import { nameElsewhere, rowsElsewhere } from '../elsewhere.js';
import { CatalogueRow, Phase, Run } from '../phase.js';
import { GONE, PIPELINED, runGone, runPipelined } from './connections.js';
import { MIXED_UP, MUTANTS, runMixedUp, runMutants, runTimes, TIMES } from './foreign-tokens.js';
import { FALSE_HOST, OWN_PROOFS, runFalseHost, runOwnProofs, runSuspended, SUSPENDED } from './identity.js';
import { runOddRequests } from './odd-requests.js';
import { ASSERTION_RACE, CODE_RACE, runRaces, TOKEN_RACE } from './races.js';
import { IDLE, runSlowClients, SLOW_BODY, SLOW_HEADERS } from './slow-clients.js';
import { runSmuggling, SMUGGLING } from './smuggling.js';

const ELSEWHERE = { covered: ATTACKS_COVERED, unproven: ATTACKS_UNPROVEN };

const CASES: readonly CatalogueRow[] = ATTACK_CASES.map(({ id, title, short = false }) => ({
  id,
  title,
  short,
}));
const SLOW = [SLOW_HEADERS, SLOW_BODY, IDLE];
const RACES = [ASSERTION_RACE, CODE_RACE, TOKEN_RACE];
const SINGLE: readonly (readonly [CatalogueRow, (run: Run) => Promise<void>])[] = [
  [SMUGGLING, runSmuggling],
  [FALSE_HOST, runFalseHost],
  [MUTANTS, runMutants],
  [TIMES, runTimes],
  [MIXED_UP, runMixedUp],
  [OWN_PROOFS, runOwnProofs],
  [SUSPENDED, runSuspended],
  [GONE, runGone],
  [PIPELINED, runPipelined],
];

/** Callers who mean no good: whatever they send ends in a 4xx, costs nobody anything and is not repeated anywhere. */
export const attacksPhase: Phase = {
  name: 'attacks',
  rows: [...CASES, ...SINGLE.map(([row]) => row), ...RACES, ...SLOW, ...rowsElsewhere(ELSEWHERE)],
  run: async (run, wanted) => {
    const asked = CASES.filter((row) => wanted.includes(row));
    const cases = ATTACK_CASES.filter(({ id, title }) =>
      asked.some((row) => row.id === id && row.title === title),
    );
    await runOddRequests(run, cases);
    for (const [row, prove] of SINGLE) if (wanted.includes(row)) await prove(run);
    if (RACES.some((row) => wanted.includes(row))) await runRaces(run, wanted);
    if (SLOW.some((row) => wanted.includes(row))) await runSlowClients(run, wanted);
    nameElsewhere(run, 'attacks', ELSEWHERE, wanted);
  },
};
