import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { Operators } from '../operators/operators.js';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { Operation } from './operation.js';
import { OperatorSwitchboard } from './operator-switchboard.js';
import { OperatorView, requireOperator } from './operator.view.js';
import { AdminRefusal, invalid } from './refusal.js';

const HOURS_HELD = 24;

const until = z.iso.datetime({ offset: true, error: 'must be a date and time with zone (RFC 3339)' });

const BreakerMode = z
  .discriminatedUnion('mode', [
    z.strictObject({ mode: z.literal('auto') }),
    z.strictObject({ mode: z.enum(['open', 'closed']), until }),
  ])
  .meta({ id: 'BreakerMode' });
type BreakerMode = z.infer<typeof BreakerMode>;

@Controller('admin/v1/operators')
@AdminRoutes()
export class OperatorBreakersController {
  constructor(
    private readonly operators: Operators,
    private readonly switchboard: OperatorSwitchboard,
  ) {}

  @Operation({
    method: 'PUT',
    path: ':operatorId/breakers/:target',
    operationId: 'setBreaker',
    summary:
      'Holds a circuit (`api` or `token`) open or closed for at most 24 hours, or lets it decide by itself',
    permission: 'breakers:write',
    body: BreakerMode,
    answer: OperatorView,
    ifMatch: true,
    forcible: false,
  })
  async set(@Call() call: AdminCall<BreakerMode>): Promise<Answer> {
    const operator = requireOperator(this.operators, call);
    const target = call.params['target'];
    if (target !== 'api' && target !== 'token') throw new AdminRefusal('notFound');
    const forced = readMode(call.body);
    return this.switchboard.change(call, operator, 'force-breaker', (row) => {
      const { [target]: _held, ...others } = row.breakers;
      row.breakers = { ...others, ...(forced && { [target]: forced }) };
    });
  }
}

function readMode(body: BreakerMode): { mode: 'open' | 'closed'; until: string } | undefined {
  if (body.mode === 'auto') return undefined;
  const aheadMs = Date.parse(body.until) - Date.now();
  if (aheadMs <= 0) throw invalid('body.until', 'must lie ahead');
  if (aheadMs > HOURS_HELD * 3_600_000) throw invalid('body.until', `must be within ${HOURS_HELD} hours`);
  return { mode: body.mode, until: new Date(body.until).toISOString() };
}
