import { createHash } from 'node:crypto';
import { ApiScope, SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';
import { call, Line, line, short, told, verify } from './api-client.js';
import { DeviceClient, SignIn } from './device-client.js';
import { DemoDevice, SandboxInfo } from './sandbox-info.js';
import { playSim } from './sim-play.js';

/** The only dialect without the operation. */
const WITHOUT_SHARE = /^vonage/;
const NOT_MOBILE = 'NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK';

/** Plays the whole chain with one device: sign-in hop by hop, then each operation with a token of its own. */
export async function* play(info: SandboxInfo, device: DemoDevice): AsyncGenerator<Line> {
  const client = new DeviceClient(info);
  const { phoneNumber, ip } = device;
  const another = `${phoneNumber.slice(0, -1)}${(Number(phoneNumber.at(-1)) + 1) % 10}`;
  const token = async (scope: ApiScope): Promise<string> => client.redeem(await client.signIn(ip, scope));

  const signIn = await client.signIn(ip, VERIFY_SCOPE);
  yield* hopLines(info, device, signIn);
  const first = await client.redeem(signIn);
  yield { text: `  application  POST /token → 200, one access token for one call: ${short(first)}` };
  const own = await verify(info, first, { phoneNumber });
  yield told(`verify ${phoneNumber} (its own)`, own, own.body['devicePhoneNumberVerified'] === true);
  const again = await verify(info, first, { phoneNumber });
  yield told('verify with the same token again', again, again.status === 401);

  yield { text: '  From here on every call signs in anew: a token is good for one call.' };
  const other = await verify(info, await token(VERIFY_SCOPE), { phoneNumber: another });
  yield told(`verify ${another} (another)`, other, other.body['devicePhoneNumberVerified'] === false);
  const hashedPhoneNumber = createHash('sha256').update(phoneNumber).digest('hex');
  const hashed = await verify(info, await token(VERIFY_SCOPE), { hashedPhoneNumber });
  yield told(
    `verify ${short(hashedPhoneNumber)} (its hash)`,
    hashed,
    hashed.body['devicePhoneNumberVerified'] === true,
  );
  yield await shared(info, device, await token(SHARE_SCOPE));
  const magic = await verify(info, await token(VERIFY_SCOPE), { phoneNumber: '+9909990094' });
  yield told('verify +9909990094 (magic: not mobile)', magic, magic.body['code'] === NOT_MOBILE);
  const wifi = await client.signIn(ip.replace(/\d+\.\d+$/, '255.1'), VERIFY_SCOPE);
  const error = wifi.outcome.get('error');
  yield {
    text: line('sign-in of a device the network does not know', `error=${error}`),
    ok: error === 'access_denied',
  };
  yield* playSim(info, device);
}

/** Share, or the 422 of an operator whose dialect has none. */
async function shared(info: SandboxInfo, device: DemoDevice, token: string): Promise<Line> {
  const without = WITHOUT_SHARE.test(device.dialect);
  const answer = await call(info, token, 'GET', 'device-phone-number');
  const right = without ? answer.status === 422 : answer.body['devicePhoneNumber'] === device.phoneNumber;
  return told(`device-phone-number${without ? ' (not in this dialect)' : ''}`, answer, right);
}

function* hopLines({ issuer }: SandboxInfo, { operator }: DemoDevice, signIn: SignIn): Generator<Line> {
  for (const [index, { asked, status, next }] of signIn.hops.entries()) {
    const who = asked.href.startsWith(issuer) ? 'gateway' : operator;
    yield {
      text: `  hop ${index + 1}  GET ${asked.pathname} at ${who} → ${status}${next ? ` to ${brief(next)}` : ''}`,
    };
  }
  const ok = signIn.outcome.has('code');
  yield { text: line('sign-in', ok ? 'code' : `error=${signIn.outcome.get('error')}`), ok };
}

/** A URL with its long values shortened; what stays readable is which side sends what. */
function brief(url: URL): string {
  const query = [...url.searchParams].map(([name, value]) => {
    const plain = ['scope', 'prompt', 'response_type', 'error', 'error_description', 'iss'].includes(name);
    return `${name}=${plain || value.length <= 8 ? value : short(value)}`;
  });
  return `${url.origin}${url.pathname}?${query.join('&')}`;
}
