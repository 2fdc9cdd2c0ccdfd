import { ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { FastifyRequest } from 'fastify';
import { Problem } from '../contract/problem.js';
import { noteCall } from '../telemetry/call-trace.js';
import { Metrics } from '../telemetry/metrics.js';
import { AdminClaims } from './admin-token.strategy.js';
import { Guessing } from './guessing.js';
import { Principals } from './principals.js';

/** Who is asking? One flat 401 for whoever cannot say. */
@Injectable()
export class AdminGuard extends AuthGuard('admin') {
  constructor(
    private readonly principals: Principals,
    private readonly guessing: Guessing,
    private readonly metrics: Metrics,
  ) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    this.guessing.requirePatience(request);
    let claims: AdminClaims;
    try {
      await super.canActivate(context);
      claims = (request as FastifyRequest & { user: AdminClaims }).user;
    } catch {
      throw this.refused(request);
    }
    const principal = this.principals.of(claims, request.headers['x-tenant-id']);
    if (!principal) throw this.refused(request);
    request.principal = principal;
    noteCall({ tenant: principal.tenantId ?? undefined });
    return true;
  }

  private refused(request: FastifyRequest): Problem {
    const { authorization } = request.headers;
    // Whoever presents nothing does not guess.
    if (authorization !== undefined) this.guessing.failed(request);
    this.metrics.credentials.refused('admin', authorization === undefined ? 'missing' : 'bad_signature');
    return new Problem('tokenInvalid');
  }
}
