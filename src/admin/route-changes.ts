import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { EntityManager } from 'typeorm';
import { Operators } from '../operators/operators.js';
import { AdminRule, findAdminRule, removeAdminRule, saveAdminRule } from '../routing/admin-rules.js';
import type { AdminCall } from './admin-call.js';
import { Answer, resourceAnswer } from './answer.js';
import type { AuditedChange } from './audit-trail.js';
import { Changes } from './changes.js';
import { isForced } from './managed.js';
import { AdminRefusal, invalid } from './refusal.js';
import { RouteDraft, RouteView } from './route.view.js';

type View = Record<string, unknown>;

/** Writes the partner's own routing rules. They are deleted at once: a rule kept would go on claiming its addresses. */
@Injectable()
export class RouteChanges {
  constructor(
    private readonly changes: Changes,
    private readonly operators: Operators,
  ) {}

  /** @throws AdminRefusal invalid; the database refuses what overlaps */
  create(call: AdminCall<RouteDraft>): Promise<Answer> {
    checkOperator(this.operators, call.body);
    return this.changes.make(call, async (manager) => {
      const id = randomUUID();
      const rule = await saveAdminRule(manager, id, call.body);
      const view = routeView(rule);
      return {
        answer: resourceAnswer(201, view, rule.version, `/admin/v1/routes/${id}`),
        audit: routeAudit('create', id, undefined, view),
      };
    });
  }

  /** @throws AdminRefusal notFound | stale | invalid */
  replace(call: AdminCall<RouteDraft>): Promise<Answer> {
    checkOperator(this.operators, call.body);
    return this.changes.make(call, async (manager) => {
      const before = await lock(manager, call);
      const after = await saveAdminRule(manager, before.id, call.body);
      const view = routeView(after);
      return {
        answer: resourceAnswer(200, view, after.version),
        audit: routeAudit('update', after.id, routeView(before), view, isForced(before, call)),
      };
    });
  }

  /** @throws AdminRefusal notFound | stale */
  remove(call: AdminCall): Promise<Answer> {
    return this.changes.make(call, async (manager) => {
      const before = await lock(manager, call);
      await removeAdminRule(manager, before.id);
      return {
        answer: { status: 204 },
        audit: routeAudit('delete', before.id, routeView(before), undefined, isForced(before, call)),
      };
    });
  }
}

/** @throws AdminRefusal invalid */
export function checkOperator(operators: Operators, { operatorId, dynamic }: RouteDraft): void {
  const operator = operators.get(operatorId);
  if (!operator) throw invalid('body.operatorId', 'is no operator');
  if (dynamic && !operator.telcoFinder) throw invalid('body.dynamic', 'the operator has no Telco Finder');
}

export function routeView(rule: object): View {
  return RouteView.parse(rule);
}

async function lock(manager: EntityManager, call: AdminCall): Promise<AdminRule> {
  const { params, version } = call;
  const rule = await findAdminRule(manager, params['id']!, 'FOR UPDATE');
  if (!rule) throw new AdminRefusal('notFound');
  if (rule.version !== version) throw new AdminRefusal('stale');
  isForced(rule, call);
  return rule;
}

export function routeAudit(
  verb: string,
  id: string,
  before: View | undefined,
  after: View | undefined,
  forced = false,
): AuditedChange {
  return {
    action: `route.${verb}`,
    resource: { type: 'route', id, ...(forced && { forced }) },
    tenantId: null,
    ...(before && { before }),
    ...(after && { after }),
  };
}
