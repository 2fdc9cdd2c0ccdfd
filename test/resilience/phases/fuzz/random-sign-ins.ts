import { VERIFY_SCOPE } from '../../../../src/contract/number-verification.js';
import { Random } from '../../random.js';
import { MAIN_OPERATORS } from '../../virtual-operators.js';
import { PURPOSE } from '../../world/seed-tenants.js';
import { REDIRECT_URI } from '../../world/virtual-asp.js';
import { World } from '../../world/world.js';
import { nasty } from './nasty.js';
import { Maker, RandomRequest, requestOf, TYPES } from './random-request.js';

const FIELDS = (
  'grant_type code redirect_uri client_id client_secret client_assertion client_assertion_type code_verifier ' +
  'assertion scope state nonce prompt login_hint auth_req_id response_type response_mode code_challenge ' +
  'code_challenge_method request request_uri'
).split(' ');
const LONGEST_QUERY = 4_000;

/** Requests to the endpoints of OAuth: sign-ins that are nearly right, and fields in any combination. */
export function signInMaker(world: World): Maker {
  return (random) => (random.chance(0.2) ? signIn(world, random) : anyFields(world, random));
}

function anyFields(world: World, random: Random): RandomRequest {
  const fields = Array.from({ length: random.below(8) }, (): [string, string] => [
    random.pick(FIELDS),
    nasty(random).toWellFormed(),
  ]);
  const form = new URLSearchParams(fields).toString();
  const { registrations } = random.pick(world.tenants);
  const operatorId = random.pick(MAIN_OPERATORS).id;
  const callback = `/upstream/${operatorId}/${registrations[operatorId]}/callback`;
  const path = random.pick(['/token', '/bc-authorize', '/authorize', '/upstream/main-21/callback', callback]);
  const type = random.chance(0.9) ? 'application/x-www-form-urlencoded' : random.pick(TYPES);
  if (path === '/token' || path === '/bc-authorize')
    return requestOf('POST', path, { 'content-type': type }, form);
  return requestOf('GET', `${path}?${form.slice(0, LONGEST_QUERY)}`, addressOf(random));
}

/** Right but for one thing, or for nothing: sends the device to its operator. */
function signIn(world: World, random: Random): RandomRequest {
  const right = {
    response_type: 'code',
    client_id: random.pick(world.tenants).clientId,
    redirect_uri: REDIRECT_URI,
    scope: `openid ${PURPOSE} ${VERIFY_SCOPE}`,
    state: 'x',
    nonce: 'y',
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
  };
  const name = random.pick(Object.keys(right));
  const changed = random.chance(0.7) ? { [name]: nasty(random).toWellFormed() } : {};
  const query = new URLSearchParams({ ...right, ...changed }).toString();
  return requestOf('GET', `/authorize?${query.slice(0, LONGEST_QUERY)}`, addressOf(random));
}

/** In the network of an operator, or of none. */
function addressOf(random: Random): Record<string, string> {
  return { 'x-forwarded-for': `10.${random.below(MAIN_OPERATORS.length + 3)}.0.1` };
}
