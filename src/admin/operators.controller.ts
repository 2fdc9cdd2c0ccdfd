import { Controller } from '@nestjs/common';
import { z } from 'zod';
import type { Operator } from '../operators/operator.js';
import { Operators } from '../operators/operators.js';
import type { OperatorSettingsEntity } from '../tenants/operator-settings.entity.js';
import { type AdminCall, Call, parsed } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import { type Answer, resourceAnswer } from './answer.js';
import { listAnswer, listOf } from './listing.js';
import { mergePatch } from './merge-patch.js';
import { Operation } from './operation.js';
import { type OperatorQuery, operatorQuery, pageOfOperators } from './operator-listing.js';
import { OperatorSwitchboard } from './operator-switchboard.js';
import {
  CoverageView,
  OperatorSwitches,
  OperatorView,
  coverageView,
  operatorView,
  readSettings,
  requireOperator,
} from './operator.view.js';
import { MergePatch } from './resource-kind.js';
import { Transactions } from './transactions.js';

@Controller('admin/v1/operators')
@AdminRoutes()
export class OperatorsController {
  constructor(
    private readonly operators: Operators,
    private readonly transactions: Transactions,
    private readonly switchboard: OperatorSwitchboard,
  ) {}

  @Operation({
    method: 'GET',
    path: '',
    operationId: 'listOperators',
    summary: 'Lists operators, on or off',
    permission: 'operators:read',
    query: operatorQuery,
    answer: listOf(OperatorView),
  })
  async list(@Call() call: AdminCall<unknown, OperatorQuery>): Promise<Answer> {
    const settingsOf = await this.transactions.run(call.principal, readSettings);
    const { operators, count } = pageOfOperators(this.operators, call.query);
    const items = operators.map((one) => operatorView(one, settingsOf(one.id)));
    return listAnswer(call, items, count);
  }

  @Operation({
    method: 'GET',
    path: 'coverage',
    operationId: 'getCoverage',
    summary: 'Lists where users can be verified now, and how: country, operator, flows, operations',
    permission: 'operators:coverage',
    query: operatorQuery,
    answer: listOf(CoverageView),
  })
  async coverage(@Call() call: AdminCall<unknown, OperatorQuery>): Promise<Answer> {
    const settingsOf = await this.transactions.run(call.principal, readSettings);
    const serves = (one: Operator): boolean => one.off === undefined && settingsOf(one.id).enabled;
    const { operators, count } = pageOfOperators(this.operators, call.query, serves);
    return listAnswer(call, operators.map(coverageView), count);
  }

  @Operation({
    method: 'GET',
    path: ':operatorId',
    operationId: 'getOperator',
    summary: 'Reads an operator',
    permission: 'operators:read',
    answer: OperatorView,
  })
  async get(@Call() call: AdminCall): Promise<Answer> {
    const operator = requireOperator(this.operators, call);
    const settings = (await this.transactions.run(call.principal, readSettings))(operator.id);
    return resourceAnswer(200, operatorView(operator, settings), settings.version);
  }

  @Operation({
    method: 'PATCH',
    path: ':operatorId',
    operationId: 'switchOperator',
    summary: 'Switches an operator on or off by a merge-patch of `enabled` and `reason`',
    permission: 'operators:write',
    body: MergePatch,
    answer: OperatorView,
    ifMatch: true,
  })
  async patch(@Call() call: AdminCall): Promise<Answer> {
    const operator = requireOperator(this.operators, call);
    const apply = (row: OperatorSettingsEntity): void => {
      const { enabled, reason } = row;
      const switches: z.infer<typeof OperatorSwitches> = parsed(
        'body',
        OperatorSwitches,
        mergePatch({ enabled, reason }, call.body),
      );
      Object.assign(row, switches);
    };
    return this.switchboard.change(call, operator, 'update', apply, true);
  }
}
