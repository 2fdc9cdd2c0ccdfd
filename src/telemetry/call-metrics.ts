import { Operation } from '../contract/number-verification.js';
import { Buckets } from './distribution.js';
import { Families } from './families.js';
import { KnownOperators } from './known-operators.js';
import { OPERATIONS, OTHER, OUTCOMES, Outcome, OutcomeClass } from './labels.js';
import { Cell, Tally } from './tally.js';

/** The gateway's own time. */
const OWN_TIME = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25];
/** Without these the ratios of an operator that never failed would be unknown instead of 0. */
const FOR_RATIOS: Readonly<Record<Operation, readonly Outcome[]>> = {
  verify: ['match', 'no_match', 'upstream_error'],
  share: ['shared', 'upstream_error'],
};

/** What came of the calls to Number Verification. */
export class CallMetrics {
  private readonly verifications: Tally;
  private readonly ownTime: Readonly<Record<Operation, Buckets>>;
  private readonly tenants: Tally | undefined;
  /** By tenant and outcome; those without a label of their own are not here. */
  private readonly tenantCells = new Map<string, Partial<Record<OutcomeClass, Cell>>>();
  private readonly begun = new Set<string>();
  /** By operator, operation and outcome: what a call looks up. */
  private readonly cells = new Map<string, Cell>();

  /** @param mostTenants tenants with a label of their own; the others are counted together. 0: none is counted */
  constructor(
    families: Families,
    private readonly operators: KnownOperators,
    private readonly mostTenants: number,
  ) {
    const labels = ['operator', 'operation', 'outcome'];
    this.verifications = families.counter('verifications_total', 'Calls by what came of them', labels);
    const help = 'Time of a call without the wait for the operator; the wait for the ledger is in it';
    const ownTime = families.traced('gateway_overhead_seconds', help, OWN_TIME, ['operation']);
    this.ownTime = { verify: ownTime.of('verify'), share: ownTime.of('share') };
    const byTenant = families.counter('tenant_requests_total', 'Calls by tenant', [
      'tenant',
      'outcome_class',
    ]);
    this.tenants = mostTenants > 0 ? byTenant : undefined;
  }

  /** Makes the series of an operator that nobody has called yet. */
  expect(operator: string): void {
    if (this.operators.allAtOnce) for (const operation of OPERATIONS) this.begin(operator, operation);
  }

  ended(operator: string, operation: Operation, outcome: Outcome): void {
    const key = `${operator}|${operation}|${outcome}`;
    let cell = this.cells.get(key);
    if (cell === undefined) {
      this.begin(operator, operation);
      cell = this.verifications.of(operator, operation, outcome);
      this.cells.set(key, cell);
    }
    cell.add();
  }

  /** @param seconds handling time less the time the operator took */
  own(operation: Operation, seconds: number): void {
    this.ownTime[operation].observe(seconds);
  }

  /** @param tenantId of a token that was opened: nobody can make up tenants */
  ofTenant(tenantId: string, outcomeClass: OutcomeClass): void {
    if (this.tenants === undefined) return;
    let cells = this.tenantCells.get(tenantId);
    if (cells === undefined) {
      if (this.tenantCells.size >= this.mostTenants) return this.tenants.of(OTHER, outcomeClass).add();
      this.tenantCells.set(tenantId, (cells = {}));
    }
    (cells[outcomeClass] ??= this.tenants.of(tenantId, outcomeClass)).add();
  }

  private begin(operator: string, operation: Operation): void {
    const key = `${operator}|${operation}`;
    if (this.begun.has(key)) return;
    this.begun.add(key);
    const outcomes = this.operators.allAtOnce ? OUTCOMES[operation] : FOR_RATIOS[operation];
    for (const outcome of outcomes) this.verifications.of(operator, operation, outcome);
  }
}
