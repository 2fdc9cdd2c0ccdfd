import { SHARE_SCOPE, VERIFY_SCOPE } from '../../../../src/contract/number-verification.js';
import { Random } from '../../random.js';
import { SHARE, VERIFY } from '../../rows/attack-case.js';
import { numberOf } from '../../truth.js';
import { MAIN_OPERATORS } from '../../virtual-operators.js';
import { Run } from '../phase.js';
import { anyJson, nasty, torn } from './nasty.js';
import { clean, Maker, RandomRequest, requestOf, TYPES } from './random-request.js';
import { signInMaker } from './random-sign-ins.js';

const LABEL = 'fuzz';
const TORN = 0.15;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'];
const ADMIN = 'tenants me operators usage usage/export audit-events plans routes requests'.split(' ');
const KNOWN = [
  '/jwks',
  '/.well-known/openid-configuration',
  '/openapi.json',
  '/docs',
  '/metrics',
  '/livez',
  '/',
];

/** Requests to every public route, nearly right ones and wild ones; the same seed makes the same. */
export class RandomRequests {
  private readonly makers: readonly Maker[];

  constructor(
    run: Run,
    private readonly random: Random,
  ) {
    const [call, signIn] = [callMaker(run), signInMaker(run.world)];
    this.makers = [call, call, call, call, signIn, signIn, signIn, admin, admin, anything];
  }

  next(): RandomRequest {
    const { random } = this;
    const request = random.pick(this.makers)(random);
    return random.chance(TORN) ? { ...request, bytes: torn(random, request.bytes), torn: true } : request;
  }
}

/** Verify or share, mostly with a good token of its own. */
function callMaker({ options, world }: Run): Maker {
  let made = 0;
  return (random) => {
    const jti = `${LABEL}-${made++}`;
    const share = random.chance(0.3);
    const operatorId = random.pick(MAIN_OPERATORS.filter((one) => one.share || !share)).id;
    const tenant = random.pick(world.tenants);
    const scope = share === random.chance(0.9) ? SHARE_SCOPE : VERIFY_SCOPE;
    const token = world.minter.token({ jti, tenant, operatorId, scope });
    const cut = `${token.slice(0, random.below(token.length))}${clean(nasty(random))}`;
    const right = JSON.stringify({ phoneNumber: numberOf(options.seed, jti) });
    const body = share ? '' : random.chance(0.4) ? right : JSON.stringify(anyJson(random));
    const headers: Record<string, string> = {
      authorization: `Bearer ${random.chance(0.85) ? token : cut}`,
      ...(body !== '' && { 'content-type': random.chance(0.9) ? 'application/json' : random.pick(TYPES) }),
      ...(random.chance(0.3) && { 'x-correlator': clean(nasty(random)) }),
      ...(random.chance(0.1) && { accept: clean(nasty(random)) }),
    };
    return share ? requestOf('GET', SHARE, headers) : requestOf('POST', VERIFY, headers, body);
  };
}

function admin(random: Random): RandomRequest {
  const id = random.chance(0.3) ? `/${encodeURIComponent(nasty(random).toWellFormed()).slice(0, 300)}` : '';
  const body = random.chance(0.5) ? JSON.stringify(anyJson(random)) : '';
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (random.chance(0.7)) headers['authorization'] = `Bearer ${clean(nasty(random))}`;
  return requestOf(random.pick(METHODS), `/admin/v1/${random.pick(ADMIN)}${id}`, headers, body);
}

function anything(random: Random): RandomRequest {
  const path = random.chance(0.4) ? random.pick(KNOWN) : `/${clean(nasty(random)).replaceAll(' ', '%20')}`;
  const names = Array.from({ length: random.below(6) }, () => `x-${random.below(1e6)}`);
  const headers = Object.fromEntries(names.map((name) => [name, clean(nasty(random))]));
  return requestOf(random.pick(METHODS), path, headers, random.chance(0.3) ? nasty(random) : '');
}
