import { expect, it } from '@jest/globals';
import { HARMLESS } from '../check/answers.js';
import { attacksPhase } from '../phases/attacks/attacks.phase.js';
import { dependencyPhase } from '../phases/dependency/dependency.phase.js';
import { overloadPhase } from '../phases/overload/overload.phase.js';
import { processPhase } from '../phases/process/process.phase.js';
import { roundsOf } from '../phases/upstream/request-faults.js';
import { upstreamPhase } from '../phases/upstream/upstream.phase.js';
import { isConnectionFault, requestFault } from '../sim/fault-plan.js';
import { VIRTUAL_OPERATORS } from '../virtual-operators.js';
import { ATTACKS_COVERED } from './attack-covered.js';
import { COVERED, missing } from './covered-by.js';
import { COVERED_DEPENDENCIES } from './dependencies-elsewhere.js';
import { FAULT_CASES } from './fault-cases.js';
import { OUTAGE_CASES } from './outage-cases.js';
import { OVERLOAD_COVERED } from './overload-covered.js';
import { POSTGRES_OUTAGES } from './postgres-outages.js';
import { COVERED_PROCESSES } from './processes-elsewhere.js';

const ROWS = Array.from({ length: 51 }, (_, index) => `U${String(index + 1).padStart(2, '0')}`);

it('every row of the catalogue of operators is tried, proven elsewhere or named as unproven', () => {
  const named = new Set(upstreamPhase.rows.map(({ id }) => id));
  expect(ROWS.filter((id) => !named.has(id))).toEqual([]);
});

it.each([
  ['dependencies', dependencyPhase, 'D', 25],
  ['processes', processPhase, 'P', 14],
  ['callers and attackers', attacksPhase, 'C', 47],
  ['too much', overloadPhase, 'O', 8],
] as const)(
  'every row of the catalogue of %s is tried, proven elsewhere or named as unproven',
  (_, phase, letter, last) => {
    const named = new Set(phase.rows.map(({ id }) => id));
    const rows = Array.from({ length: last }, (__, at) => letter + String(at + 1).padStart(2, '0'));
    expect(rows.filter((id) => !named.has(id))).toEqual([]);
  },
);

it('no two rows of a phase have one name, and no two loads one label', () => {
  for (const { rows } of [dependencyPhase, processPhase, attacksPhase, overloadPhase]) {
    const names = rows.map(({ id, title }) => `${id} ${title}`);
    expect(new Set(names).size).toBe(names.length);
  }
  const labels = POSTGRES_OUTAGES.map(({ label }) => label);
  expect(new Set(labels).size).toBe(labels.length);
});

it('every fault is one that the simulator has', () => {
  const names = [...FAULT_CASES, ...OUTAGE_CASES].map(({ fault }) => fault);
  const unknown = names.filter((name) => name !== 'none' && !requestFault(name) && !isConnectionFault(name));
  expect(unknown).toEqual([]);
});

it('a fault may end well only where it does no harm', () => {
  const ends = FAULT_CASES.filter(({ expect: answers }) => answers.includes('200')).map(({ fault }) => fault);
  expect(ends.filter((fault) => !HARMLESS.has(fault))).toEqual([]);
});

it('no two outages share an operator', () => {
  const operators = OUTAGE_CASES.map(({ operator }) => operator);
  expect(new Set(operators).size).toBe(operators.length);
  const spares = new Set(VIRTUAL_OPERATORS.filter(({ role }) => role === 'spare').map(({ id }) => id));
  expect(operators.filter((id) => !spares.has(id))).toEqual([]);
});

it('rounds hold every fault once, each at an operator that can show it', () => {
  const rounds = roundsOf(FAULT_CASES);
  expect(rounds.flatMap((round) => [...round.values()])).toHaveLength(FAULT_CASES.length);
  for (const round of rounds) {
    for (const [operator, { dialects, endpoint }] of round) {
      expect(endpoint !== 'share' || operator.share).toBe(true);
      expect(dialects?.includes(operator.dialect) ?? true).toBe(true);
    }
  }
});

it.each([...COVERED, ...COVERED_DEPENDENCIES, ...COVERED_PROCESSES, ...ATTACKS_COVERED, ...OVERLOAD_COVERED])(
  '$id $title is proven by the tests it names',
  (row) => {
    expect(missing(row, process.cwd())).toEqual([]);
  },
);

it('a proof that is gone is missed', () => {
  const by = [['src/upstream/permit.spec.ts', 'no such test'] as const, ['no/such.spec.ts', 'x'] as const];
  expect(missing({ id: 'U00', title: '', by }, process.cwd())).toHaveLength(2);
});
