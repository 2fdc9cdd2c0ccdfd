import { setTimeout as delay } from 'node:timers/promises';
import { FastifyReply } from 'fastify';
import { Operation } from '../contract/number-verification.js';
import { errorAnswer } from './error-bodies.js';
import { ApiAct, ApiFault } from './fault.js';
import { send } from './send.js';
import { Site } from './site.js';

const LATE_MS = 1_000;
const PADDING_BYTES = 70 * 1024;

/** One API call that is to go wrong. */
export interface Misfortune {
  readonly operation: Operation;
  /** The answer it would have had without the fault, serialized. */
  readonly right: () => string;
}

/** Answers as the row of the fault table says. */
export async function answerFault(
  { act }: ApiFault,
  { operation, right }: Misfortune,
  site: Site,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { habits } = site;
  if ('error' in act) {
    const refusal = errorAnswer(habits.era, act.error, habits.contentType);
    if (act.retryAfter !== undefined)
      void reply.header('retry-after', retryAfter(act.retryAfter, site.clock()));
    return send(reply, refusal.status, refusal.contentType, refusal.body);
  }
  if ('status' in act) {
    return send(reply, act.status, act.contentType, act.body);
  }
  if ('verdict' in act) {
    return send(reply, 200, habits.contentType, verdict(act.verdict, operation));
  }
  return behave(act.does, right, site, reply);
}

type Verdict = Extract<ApiAct, { verdict: string }>['verdict'];

function verdict(kind: Verdict, operation: Operation): string {
  const [name, good] =
    operation === 'verify' ? ['devicePhoneNumberVerified', true] : ['devicePhoneNumber', '+99003100001'];
  const value = JSON.stringify(good);
  switch (kind) {
    case 'string':
      // The share's number is a string already: a number is the wrong type there.
      return operation === 'verify' ? `{"${name}":"true"}` : `{"${name}":99003100001}`;
    case 'null':
      return `{"${name}":null}`;
    case 'missing':
      return '{}';
    case 'twice':
      return `{"${name}":${operation === 'verify' ? 'false' : '"+99003100002"'},"${name}":${value}}`;
    case 'padded':
      return `{"${name}":${value},"padding":"${'x'.repeat(PADDING_BYTES)}"}`;
    case 'error-info':
  }
  return '{"status":500,"code":"INTERNAL","message":"Server error"}';
}

async function behave(
  does: Extract<ApiAct, { does: string }>['does'],
  right: () => string,
  site: Site,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (does === 'redirects') return reply.redirect(`${site.issuer()}/elsewhere`, 302);
  if (does === 'answers-late') {
    await delay(LATE_MS);
    return send(reply, 200, site.habits.contentType, right());
  }
  if (does === 'resets') reply.raw.socket?.resetAndDestroy();
  return reply.hijack();
}

/** RFC 9110 10.2.3: seconds, or a date. */
function retryAfter(value: number | 'date', now: number): string {
  return value === 'date' ? new Date(now + 5_000).toUTCString() : String(value);
}
