import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import { type AppConfig, CONFIG } from '../config/config.js';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { AuditTrail } from './audit-trail.js';
import { Changes } from './changes.js';
import { type Wanted, failureOf } from './declared/configuration-audit.js';
import { Configuration } from './declared/configuration.js';
import { Declaration } from './declared/document.js';
import { AppliedView, PlanView } from './declared/plan.view.js';
import { secretSource } from './declared/secret-reference.js';
import { Operation } from './operation.js';
import { Transactions } from './transactions.js';

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true');
const PlanQuery = z.strictObject({
  prune: flag.meta({ description: 'Deletes what a file manages and this one no longer names.' }),
  adopt: flag.meta({ description: 'Takes over what the API manages, or another file.' }),
});
type PlanQuery = z.infer<typeof PlanQuery>;
const ApplyQuery = PlanQuery.extend({
  planHash: z.string().regex(/^[0-9a-f]{64}$/, 'must be the planHash of config:plan'),
});
type ApplyQuery = z.infer<typeof ApplyQuery>;
const DumpQuery = z.strictObject({ selectTag: Declaration.shape._tag });
type DumpQuery = z.infer<typeof DumpQuery>;

/** Of which a document is answered at once. */
const MAX_TENANTS = 1_000;

@Controller('admin/v1')
@AdminRoutes()
export class ConfigController {
  constructor(
    @Inject(CONFIG) private readonly config: AppConfig,
    private readonly configuration: Configuration,
    private readonly transactions: Transactions,
    private readonly changes: Changes,
    private readonly audit: AuditTrail,
  ) {}

  @Operation({
    method: 'GET',
    path: 'config',
    operationId: 'getConfiguration',
    summary: 'Writes down what is as a document of declarative configuration, without secrets',
    permission: 'config:plan',
    query: DumpQuery,
    answer: z.record(z.string(), z.unknown()),
  })
  async dump(@Call() { principal, query }: AdminCall<unknown, DumpQuery>): Promise<Answer> {
    const body = await this.transactions.run(principal, (manager) =>
      this.configuration.dump(manager, query.selectTag, MAX_TENANTS),
    );
    return { status: 200, body };
  }

  @Operation({
    method: 'POST',
    path: 'config:plan',
    operationId: 'planConfiguration',
    summary: 'Tells what applying a document would change, and tries whether it can be done',
    permission: 'config:plan',
    query: PlanQuery,
    body: Declaration,
    takesYaml: true,
    answer: PlanView,
    readsOnly: true,
  })
  async plan(@Call() call: AdminCall<Declaration, PlanQuery>): Promise<Answer> {
    const body = await this.transactions.run(call.principal, (manager) =>
      this.configuration.plan(manager, call, this.wantedBy(call)),
    );
    return { status: 200, body };
  }

  @Operation({
    method: 'POST',
    path: 'config:apply',
    operationId: 'applyConfiguration',
    summary: 'Applies a document as it was planned, all of it or nothing',
    permission: 'config:apply',
    query: ApplyQuery,
    body: Declaration,
    takesYaml: true,
    answer: AppliedView,
    idempotent: 'optional',
  })
  async apply(@Call() call: AdminCall<Declaration, ApplyQuery>): Promise<Answer> {
    const wanted = this.wantedBy(call);
    try {
      return await this.changes.make(call, async (manager) => {
        const { view, audit } = await this.configuration.apply(manager, call, wanted, call.query.planHash);
        return { answer: { status: 200, body: view }, audit };
      });
    } catch (error) {
      const failure = failureOf(wanted, error);
      if (failure) {
        const origin = this.changes.originOf(call);
        await this.transactions.run(call.principal, (manager) => this.audit.append(manager, origin, failure));
      }
      throw error;
    }
  }

  private wantedBy({ body: document, query: { prune, adopt } }: AdminCall<Declaration, PlanQuery>): Wanted {
    return { document, prune, adopt, secrets: secretSource(this.config.configSecrets, false) };
  }
}
