import { violation, Violation } from '../../check/evidence.js';
import { AttackCase } from '../../rows/attack-case.js';
import { faultsOf, Reply } from '../legal-reply.js';
import { Run } from '../phase.js';
import { spentProblems, stakeOf } from './still-good.js';
import { speak } from './wire.js';

const ANSWER_WITHIN_MS = 3_000;

/** Sends each request of a row to one gateway after the other, by bytes of our own. */
export async function runOddRequests(run: Run, cases: readonly AttackCase[]): Promise<void> {
  for (const [index, one] of cases.entries()) await runCase(run, one, `odd${index}-0`);
}

async function runCase(run: Run, one: AttackCase, jti: string): Promise<void> {
  const { gateways, sim } = run.world;
  const startedAt = performance.now();
  const stake = stakeOf(run, jti);
  const from = await sim.position();
  const violations: Violation[] = [];
  let worstMs = 0;
  for (const [index, request] of one.requests.entries()) {
    const bytes = Buffer.from(request(stake.good) as Buffer);
    const gateway = gateways[index % gateways.length]!;
    const { ms, replies } = await speak(gateway.url, [bytes], { withinMs: ANSWER_WITHIN_MS, replies: 1 });
    worstMs = Math.max(worstMs, ms);
    const wrong = complaintsOf(one, replies[0], bytes);
    violations.push(...wrong.map((what) => violation('row', `${jti} request ${index}`, what)));
  }
  const arrived = await sim.recordsSince(from);
  const reached = arrived.filter((record) => record.jti === jti).length;
  run.report.judge({
    id: one.id,
    title: one.title,
    phase: 'attacks',
    startedAt,
    violations,
    problems: [
      ...(reached > 0 ? [`${reached} of the requests reached an operator`] : []),
      ...(await spentProblems(run, stake)),
    ],
    figures: { requests: one.requests.length, p100: worstMs },
  });
}

function complaintsOf(one: AttackCase, reply: Reply | undefined, bytes: Buffer): string[] {
  if (!reply) return ['no answer'];
  const path = bytes.toString('latin1').split(' ', 2)[1] ?? '';
  const faults = faultsOf(reply, path);
  const told = `${reply.status} ${codeIn(reply)}`;
  if (!one.expect.includes(told)) faults.push(`answered ${told}`);
  const given = /\r\nx-correlator: ([^\r]*)\r\n/.exec(bytes.toString('latin1'))?.[1];
  if (one.id === 'C15' && reply.headers['x-correlator'] === given) faults.push('repeats a bad correlator');
  return faults;
}

/** CAMARA's code, or OAuth's error. */
export function codeIn({ body }: Reply): string {
  try {
    const { code, error } = JSON.parse(body) as { code?: unknown; error?: unknown };
    return String(code ?? error);
  } catch {
    return '';
  }
}
