import { randomUUID } from 'node:crypto';
import { FastifyReply, FastifyRequest } from 'fastify';
import { Grant } from '../contract/grant.js';
import { Problem } from '../contract/problem.js';
import { Standing } from '../contract/rate-limit.js';
import { Correlation } from '../dialects/dialect.js';
import { requireAcceptsJson, requireJsonBody } from '../http/media-types.js';
import { writeRateLimits } from '../http/rate-limit-headers.js';
import { noteCall } from '../telemetry/call-trace.js';

/** One request to Number Verification as the walk reads it: piece by piece, each in its turn. */
export class Call {
  /** What the operator gets as its correlation id, and the caller got as ours. */
  readonly correlation: Correlation;
  /** Known once the token was opened: whose series the outcome is counted in. */
  operatorId: string | undefined;
  /** Known with it. */
  tenantId: string | undefined;

  constructor(
    private readonly request: FastifyRequest,
    private readonly reply: Pick<FastifyReply, 'header'>,
  ) {
    this.correlation = { value: request.correlator, replacement: randomUUID };
  }

  /** The token was opened: from now on it is known whose call it is, whatever becomes of it. */
  belongsTo({ tenantId: tenant, applicationId: application, operatorId: operator, rule }: Grant): void {
    this.operatorId = operator;
    this.tenantId = tenant;
    noteCall({ tenant, application, operator, rule });
  }

  /** The whole header; two of them arrive as one that no token can be read from. */
  get authorization(): string | undefined {
    return this.request.headers.authorization;
  }

  /** The caller's x-correlator as it came, valid or not. */
  get givenCorrelator(): string | undefined {
    return this.request.headers['x-correlator'] as string | undefined;
  }

  /** The body's bytes; undefined when there are none. */
  get body(): Buffer | undefined {
    const body = this.request.body as Buffer | undefined;
    return body?.length ? body : undefined;
  }

  /** A GET's body stays unread, but its announcement shows. */
  get announcesBody(): boolean {
    const { 'content-length': length, 'transfer-encoding': encoding } = this.request.headers;
    return encoding !== undefined || (length !== undefined && Number(length) !== 0);
  }

  /** @throws Problem unsupportedMediaType | notAcceptable */
  requireJsonInAndOut(): void {
    requireJsonBody(this.request.headers, this.body !== undefined);
    this.requireJsonOut();
  }

  /** @throws Problem notAcceptable */
  requireJsonOut(): void {
    requireAcceptsJson(this.request.headers.accept);
  }

  /** Goes out with whatever the answer will be. */
  tellLimits(standing: Standing): void {
    writeRateLimits(this.reply, standing);
  }

  /** A GET has nothing to say in a body. @throws Problem invalidArgument */
  requireNoBody(): void {
    if (this.announcesBody) throw new Problem('invalidArgument', { detail: 'body on GET' });
  }
}
