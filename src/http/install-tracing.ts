import { FastifyInstance } from 'fastify';
import { nameRequestSpan } from '../telemetry/spans.js';
import { currentTraceId } from '../telemetry/trace-id.js';

/** Steps that have a name of their own; every other span is called by its method and route. */
const NAMES: Readonly<Record<string, string>> = {
  '/authorize': 'authorize',
  '/bc-authorize': 'bc-authorize',
  '/token': 'token',
  '/upstream/:operatorId/:registrationId/callback': 'callback',
  '/number-verification/v2/verify': 'verify',
  '/number-verification/v2/device-phone-number': 'share',
};

/** Gives the span of each request its name, and its log line the id; call it after installHttp, which makes the call's own trace. */
export function installTracing(fastify: FastifyInstance): void {
  fastify.addHook('preHandler', (request, _reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const call = request.trace!;
    call.traceId = currentTraceId();
    const name = NAMES[route] ?? `${request.method} ${route}`;
    nameRequestSpan(request.raw, { name, route, call });
    done();
  });
}
