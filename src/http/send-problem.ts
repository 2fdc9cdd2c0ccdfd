import { FastifyReply } from 'fastify';
import { PROBLEMS, Problem, ProblemName } from '../contract/problem.js';

/** Serialized ErrorInfo per row. Bytes, because Fastify would add a charset to the type of a string. */
const BODIES = new Map(
  (Object.keys(PROBLEMS) as ProblemName[]).map((name) => {
    const { status, code, message } = PROBLEMS[name];
    return [name, Buffer.from(JSON.stringify({ status, code, message }))] as const;
  }),
);

/** What a 503 says when whoever raised it knows no better. */
const RETRY_AFTER_SECONDS = 5;

/** ErrorInfo as it goes over the wire, for answers that Fastify has no part in. */
export function problemBody(name: ProblemName): Buffer {
  return BODIES.get(name)!;
}

/** Answers with ErrorInfo as bare `application/json` (CAMARA's tests compare the header exactly). */
export function sendProblem(reply: FastifyReply, problem: Problem): void {
  const { status, code, reason, blame } = problem.row;
  reply.request.blame = blame;
  const { trace } = reply.request;
  if (trace) Object.assign(trace, { code, reason, blame, detail: problem.detail });
  reply.code(status).header('content-type', 'application/json');
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  const retryAfter = problem.retryAfterSeconds ?? (status === 503 ? RETRY_AFTER_SECONDS : undefined);
  if (retryAfter !== undefined) reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfter))));
  reply.send(problemBody(problem.problem));
}
