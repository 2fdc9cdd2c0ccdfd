import { Controller } from '@nestjs/common';
import { Operators } from '../operators/operators.js';
import { findAdminRule, listManifestRules, listStoredRules } from '../routing/admin-rules.js';
import { Routing } from '../routing/routing.js';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import { type Answer, resourceAnswer } from './answer.js';
import { listAnswer, listOf } from './listing.js';
import { Operation } from './operation.js';
import { AdminRefusal } from './refusal.js';
import { RouteChanges, routeView } from './route-changes.js';
import {
  DeviceQuestion,
  ExplanationView,
  RouteDraft,
  type RouteQuery,
  RouteView,
  routeQuery,
} from './route.view.js';
import { Transactions } from './transactions.js';

@Controller('admin/v1/routes')
@AdminRoutes()
export class RoutesController {
  constructor(
    private readonly transactions: Transactions,
    private readonly changes: RouteChanges,
    private readonly operators: Operators,
    private readonly routing: Routing,
  ) {}

  @Operation({
    method: 'GET',
    path: '',
    operationId: 'listRoutes',
    summary: 'Lists routing rules: of manifests, as operators publish them, and the partner’s own',
    permission: 'routes:read',
    query: routeQuery,
    answer: listOf(RouteView),
  })
  list(@Call() call: AdminCall<unknown, RouteQuery>): Promise<Answer> {
    const { page, perPage } = call.query;
    const from = (page - 1) * perPage;
    const fixed = listManifestRules(this.operators.all(), call.query);
    const shown = fixed.slice(from, from + perPage);
    const rest = { offset: Math.max(0, from - fixed.length), limit: perPage - shown.length };
    return this.transactions.run(call.principal, async (manager) => {
      const { rules, count } = await listStoredRules(manager, call.query, rest);
      return listAnswer(call, [...shown, ...rules].map(routeView), fixed.length + count);
    });
  }

  @Operation({
    method: 'POST',
    path: '',
    operationId: 'createRoute',
    summary: 'Writes a routing rule, which beats those of manifests of the same width',
    permission: 'routes:write',
    body: RouteDraft,
    answer: RouteView,
    status: 201,
    idempotent: 'optional',
  })
  create(@Call() call: AdminCall<RouteDraft>): Promise<Answer> {
    return this.changes.create(call);
  }

  @Operation({
    method: 'POST',
    path: 'explain',
    operationId: 'explainRoute',
    summary: 'Tells which operator would serve a device, and every rule that was tried',
    permission: 'routes:explain',
    body: DeviceQuestion,
    answer: ExplanationView,
    readsOnly: true,
  })
  async explain(@Call() call: AdminCall<DeviceQuestion>): Promise<Answer> {
    const explanation = await this.routing.explain(call.body);
    return { status: 200, body: ExplanationView.parse(explanation) };
  }

  @Operation({
    method: 'GET',
    path: ':id',
    operationId: 'getRoute',
    summary: 'Reads a routing rule of the partner’s own',
    permission: 'routes:read',
    answer: RouteView,
  })
  async get(@Call() call: AdminCall): Promise<Answer> {
    const id = call.params['id']!;
    const rule = await this.transactions.run(call.principal, (manager) => findAdminRule(manager, id));
    if (!rule) throw new AdminRefusal('notFound');
    return resourceAnswer(200, routeView(rule), rule.version);
  }

  @Operation({
    method: 'PUT',
    path: ':id',
    operationId: 'replaceRoute',
    summary: 'Replaces a routing rule of the partner’s own',
    permission: 'routes:write',
    body: RouteDraft,
    answer: RouteView,
    ifMatch: true,
  })
  async replace(@Call() call: AdminCall<RouteDraft>): Promise<Answer> {
    return this.changes.replace(call);
  }

  @Operation({
    method: 'DELETE',
    path: ':id',
    operationId: 'deleteRoute',
    summary: 'Deletes a routing rule of the partner’s own',
    permission: 'routes:write',
    status: 204,
    ifMatch: true,
  })
  remove(@Call() call: AdminCall): Promise<Answer> {
    return this.changes.remove(call);
  }
}
