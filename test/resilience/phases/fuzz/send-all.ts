import { violation, Violation } from '../../check/evidence.js';
import { Heard, speak } from '../attacks/wire.js';
import { faultsOf } from '../legal-reply.js';
import { Run } from '../phase.js';
import { RandomRequest } from './random-request.js';
import { RandomRequests } from './random-requests.js';

const AT_ONCE = 24;
/** A torn request is not waited for longer: the gateway may rightly go on listening. */
const TORN_WITHIN_MS = 60;
const MOST_SHOWN = 500;

/** What came of all of them. */
export interface Tally {
  readonly violations: Violation[];
  /** Milliseconds; of whole requests only. */
  readonly times: number[];
  readonly statuses: Map<number, number>;
  unanswered: number;
  torn: number;
}

/** Sends so many, a few dozen at once, to one gateway after the other. */
export async function sendAll({ world }: Run, requests: RandomRequests, count: number): Promise<Tally> {
  const tally: Tally = { violations: [], times: [], statuses: new Map(), unanswered: 0, torn: 0 };
  let sent = 0;
  const sender = async (): Promise<void> => {
    while (sent < count) {
      const nth = sent++;
      const request = requests.next();
      const { url } = world.gateways[nth % world.gateways.length]!;
      const manner = { withinMs: request.torn ? TORN_WITHIN_MS : 5_000, replies: 1 };
      note(tally, nth, request, await speak(url, [request.bytes], manner));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  return tally;
}

function note(tally: Tally, nth: number, request: RandomRequest, { ms, replies }: Heard): void {
  const [reply] = replies;
  if (request.torn) tally.torn++;
  else tally.times.push(ms);
  const name = `request ${nth}`;
  if (!reply) {
    tally.unanswered++;
    // The answer to HEAD has the length of a body that never comes.
    if (request.torn || nameOf(request).startsWith('HEAD')) return;
    tally.violations.push(violation('I1', name, `no answer to ${nameOf(request)}`));
    return;
  }
  tally.statuses.set(reply.status, (tally.statuses.get(reply.status) ?? 0) + 1);
  // Where a torn request went nobody can say, nor which shape its refusal must have.
  const faults = request.torn
    ? reply.status < 500
      ? []
      : [`${reply.status}`]
    : faultsOf(reply, request.path);
  if (reply.status === 503) faults.push('503');
  if (tally.violations.length > MOST_SHOWN) return;
  tally.violations.push(...faults.map((what) => violation('I2', name, `${what} to ${nameOf(request)}`)));
}

/** Method and route without what was made up: the seed finds the rest. */
function nameOf({ bytes, path }: RandomRequest): string {
  return `${bytes.toString('latin1', 0, 8).split(' ')[0]} ${path.split('?')[0]!.slice(0, 40)}`;
}
