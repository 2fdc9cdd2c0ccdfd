import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { Operators } from '../operators/operators.js';
import { Upstream } from '../upstream/upstream.js';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { Operation } from './operation.js';
import { requireOperator } from './operator.view.js';

const moment = (ms: number | undefined): string | null =>
  ms === undefined || !Number.isFinite(ms) ? null : new Date(ms).toISOString();

const TargetHealth = z.object({
  breaker: z.enum(['closed', 'open', 'half_open']),
  /** Held by hand; null: it decides by itself. */
  forced: z.object({ mode: z.enum(['open', 'closed']), until: z.string().nullable() }).nullable(),
  inFlight: z.int(),
  maxInFlight: z.int(),
  /** Failed calls among those of the last seconds, 0 to 1; null: there were none. */
  errorRatio: z.number().nullable(),
  /** null: none since the process started. */
  lastSuccessAt: z.string().nullable(),
});

const OperatorHealthView = z
  .object({
    operatorId: z.string(),
    /** Why it serves nothing; null: it is on. */
    off: z.string().nullable(),
    targets: z.object({ api: TargetHealth, token: TargetHealth }),
  })
  .meta({ id: 'OperatorHealth' });

type LaneHealth = ReturnType<Upstream['health']>['api'];

@Controller('admin/v1/operators')
@AdminRoutes()
export class OperatorHealthController {
  constructor(
    private readonly operators: Operators,
    private readonly upstream: Upstream,
  ) {}

  @Operation({
    method: 'GET',
    path: ':operatorId/health',
    operationId: 'getOperatorHealth',
    summary:
      'Reads how an operator fares, as the answering process sees it; nothing is asked of the operator',
    permission: 'operators:read',
    answer: OperatorHealthView,
  })
  async get(@Call() call: AdminCall): Promise<Answer> {
    const operator = requireOperator(this.operators, call);
    const { api, token } = this.upstream.health(operator);
    const targets = { api: healthView(api), token: healthView(token) };
    const view = { operatorId: operator.id, off: operator.off ?? null, targets };
    return { status: 200, body: OperatorHealthView.parse(view) };
  }
}

function healthView(lane: LaneHealth): z.infer<typeof TargetHealth> {
  const { state, forced, inFlight, maxInFlight, errorRatio, lastSuccessAtMs } = lane;
  return {
    breaker: state,
    forced: forced ? { mode: forced.mode, until: moment(forced.untilMs) } : null,
    inFlight,
    maxInFlight,
    errorRatio: errorRatio ?? null,
    lastSuccessAt: moment(lastSuccessAtMs),
  };
}
