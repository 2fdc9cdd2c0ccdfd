import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Macs } from '../../grants/macs.js';
import { Vault } from '../../grants/vault.js';
import { Operators } from '../../operators/operators.js';
import type { AuditedChange } from '../audit-trail.js';
import { AdminRefusal, Detail } from '../refusal.js';
import { fingerprint, registrationKind } from '../registration.kind.js';
import type { By } from '../resource-kind.js';
import { declaredIn } from './declared.js';
import { Dump } from './dump.js';
import { Wanted, summaryOf } from './configuration-audit.js';
import { Execution, Tools } from './execution.js';
import type { Plan, Stored } from './change.js';
import { planOf } from './plan.js';
import { AppliedView, PlanView, appliedView, planView } from './plan.view.js';
import { readAll, readConcerned } from './stored.js';
import type { Written } from './written.js';

export interface Applied {
  readonly view: AppliedView;
  /** One for each change and one for all of them; none where nothing was to be done. */
  readonly audit: readonly AuditedChange[];
}

/** What files say of the resources of the admin API: planned, applied, written down. */
@Injectable()
export class Configuration {
  private readonly tools: Tools;

  constructor(
    operators: Operators,
    vault: Vault,
    private readonly macs: Macs,
  ) {
    this.tools = { operators, registrations: registrationKind({ vault, macs }) };
  }

  /**
   * The plan, rehearsed: every rule that would refuse a change has seen it, and nothing is left of it.
   * @throws AdminRefusal invalid | incompatibleState | alreadyExists, with the place in the document
   */
  async plan(manager: EntityManager, by: By, wanted: Wanted): Promise<PlanView> {
    const { plan, stored } = await this.prepare(manager, wanted);
    if (plan.changes.length > 0) {
      await manager.query('SAVEPOINT rehearsal');
      await this.execute(manager, by, plan, stored);
      await manager.query('ROLLBACK TO SAVEPOINT rehearsal');
    }
    return planView(plan);
  }

  /**
   * All of it, in the caller's transaction.
   * @param hash of the plan that was looked at; undefined: whatever is to be done now
   * @throws AdminRefusal stale for another plan, aborted while another file is being applied, and as {@link plan}
   */
  async apply(manager: EntityManager, by: By, wanted: Wanted, hash: string | undefined): Promise<Applied> {
    const [lock] = await manager.query<{ free: boolean }[]>(
      `SELECT pg_try_advisory_xact_lock(hashtextextended('config apply', 3)) AS free`,
    );
    if (!lock!.free) throw new AdminRefusal('aborted', { retryAfterSeconds: 1 });
    const { plan, stored } = await this.prepare(manager, wanted);
    if (hash !== undefined && hash !== plan.hash) {
      const message = 'The plan was made for another state, document or options. Plan again.';
      throw new AdminRefusal('stale', { message });
    }
    const written = await this.execute(manager, by, plan, stored);
    const audit = written.length > 0 ? [...written.map((one) => one.audit), summaryOf(plan, wanted)] : [];
    return { view: appliedView(plan, written), audit };
  }

  /** @param maxTenants beyond which it is refused; a command may have as many as there are */
  async dump(
    manager: EntityManager,
    tag: string | undefined,
    maxTenants = Number.MAX_SAFE_INTEGER,
  ): Promise<object> {
    const dump = new Dump(tag);
    let tenants = 0;
    for await (const page of readAll(manager)) {
      tenants += page.filter(({ kind }) => kind === 'tenant').length;
      if (tenants > maxTenants) {
        const message = `There are more than ${maxTenants} tenants: use the command.`;
        throw new AdminRefusal('incompatibleState', { message });
      }
      dump.add(page);
    }
    return dump.document;
  }

  private async prepare(
    manager: EntityManager,
    { document, prune, adopt, secrets }: Wanted,
  ): Promise<{ plan: Plan; stored: Stored[] }> {
    const faults: Detail[] = [];
    const reading = { source: secrets, fingerprint: (secret: string) => fingerprint(this.macs, secret) };
    const declared = declaredIn(document, reading, faults);
    if (faults.length > 0) throw new AdminRefusal('invalid', { details: faults.slice(0, 20) });
    const stored = await readConcerned(manager, declared, prune);
    const plan = planOf(declared, stored, { prune, adopt, tag: document._tag });
    if (plan.refused.length === 0) return { plan, stored };
    const message = 'Others manage what the document would change.';
    throw new AdminRefusal('incompatibleState', { message, details: plan.refused.slice(0, 20) });
  }

  private async execute(
    manager: EntityManager,
    by: By,
    { changes }: Plan,
    stored: readonly Stored[],
  ): Promise<Written[]> {
    const execution = new Execution(manager, by, this.tools, stored);
    const written: Written[] = [];
    for (const change of changes) written.push(await execution.make(change));
    return written;
  }
}
