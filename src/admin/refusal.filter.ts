import { ArgumentsHost, Catch, ExceptionFilter, Inject } from '@nestjs/common';
import { FastifyReply, FastifyRequest } from 'fastify';
import { QueryFailedError } from 'typeorm';
import { Problem } from '../contract/problem.js';
import { ProblemFilter } from '../http/problem.filter.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { AdminRefusal, RefusalName } from './refusal.js';
import { sendJson } from './send.js';

/** SQLSTATE → what the caller is told. Whatever else Postgres refuses is our bug. */
const BY_SQLSTATE: Readonly<Record<string, RefusalName>> = {
  '23505': 'alreadyExists',
  '23P01': 'alreadyExists',
  '40001': 'aborted',
  '40P01': 'aborted',
  '55P03': 'aborted',
};

/** Classes of SQLSTATE that mean: not now. Connection, resources, operator intervention, system. */
const AWAY = /^(08|53|57|58|25006)/;
const AWAY_BY_NODE =
  /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|EAI_|ENOTFOUND)|timeout|terminat|ended|not queryable/i;

/** Every error of the admin API as CAMARA's ErrorInfo, with details. */
@Catch()
export class RefusalFilter implements ExceptionFilter {
  private readonly others: ProblemFilter;

  constructor(@Inject(LOGGER) logger: Logger) {
    this.others = new ProblemFilter(logger);
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const refusal = refusalOf(error);
    if (!refusal) return this.others.catch(error, host); // oxlint-disable-line promise/valid-params -- Nest's name for it
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    request.blame = refusal.status >= 500 ? 'gateway' : 'client';
    if (request.trace) Object.assign(request.trace, { code: refusal.body.code, blame: request.blame });
    if (refusal.retryAfterSeconds !== undefined || refusal.status === 503) {
      reply.header('retry-after', String(refusal.retryAfterSeconds ?? 1));
    }
    sendJson(reply, refusal.status, refusal.body);
  }
}

function refusalOf(error: unknown): AdminRefusal | undefined {
  if (error instanceof AdminRefusal) return error;
  if (error instanceof Problem || !(error instanceof Error)) return undefined;
  const { driverError } = error as Partial<QueryFailedError>;
  const { code } = (driverError ?? error) as { code?: string };
  const known = code === undefined ? undefined : BY_SQLSTATE[code];
  if (known) return new AdminRefusal(known, known === 'aborted' ? { retryAfterSeconds: 1 } : {});
  const sqlstate = code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
  const away = sqlstate
    ? AWAY.test(sqlstate)
    : AWAY_BY_NODE.test(code ?? '') || AWAY_BY_NODE.test(error.message);
  return away ? new AdminRefusal('unavailable') : undefined;
}
