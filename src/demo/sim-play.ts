import { VERIFY_SCOPE } from '../contract/number-verification.js';
import { Line, line, short, told, toldBy, verify } from './api-client.js';
import { AspBackend, OAuthAnswer, tokenIn } from './asp-backend.js';
import { DemoDevice, SandboxInfo } from './sandbox-info.js';
import { CIBA, JWT_BEARER, SimClient } from './sim-client.js';

const granted = ({ status, body }: OAuthAnswer): boolean => status === 200 && body.access_token !== undefined;
const refused = ({ body }: OAuthAnswer, error: string): boolean => body.error === error;

const PLAYS = {
  ciba: { grantType: CIBA, play: playCiba },
  jwt_bearer: { grantType: JWT_BEARER, play: playJwtBearer },
};

/** Plays the flows without redirects with one device, as far as its operator has them. */
export async function* playSim(info: SandboxInfo, device: DemoDevice): AsyncGenerator<Line> {
  const client = new SimClient(new AspBackend(info));
  const offered = await client.grantTypes();
  for (const flow of device.operatorTokenFlows) {
    const { grantType, play } = PLAYS[flow];
    if (offered.includes(grantType)) yield* play(info, device, client);
    else yield { text: `  The gateway does not offer ${grantType}.` };
  }
}

async function* playCiba(info: SandboxInfo, device: DemoDevice, client: SimClient): AsyncGenerator<Line> {
  const { phoneNumber } = device;
  const operatorToken = await client.operatorToken(device);
  yield { text: line('TS.43 token of the device, from its operator', short(operatorToken)) };
  const begun = await client.begin(device, VERIFY_SCOPE, `operatortoken:${operatorToken}`);
  yield toldBy('CIBA: POST /bc-authorize with that token', begun, begun.status === 200);
  const end = await client.end(begun);
  yield toldBy('CIBA: POST /token', end, granted(end));
  if (!granted(end)) return;
  const own = await verify(info, tokenIn(end), { phoneNumber });
  yield told(`verify ${phoneNumber} (its own)`, own, own.body['devicePhoneNumberVerified'] === true);
  const again = await client.poll(begun.body.auth_req_id ?? '');
  yield toldBy('CIBA: POST /token with the same auth_req_id', again, refused(again, 'invalid_grant'));
  const byNumber = await client.begin(device, VERIFY_SCOPE, `tel:${phoneNumber}`);
  yield toldBy('CIBA by the number that is to be proven', byNumber, refused(byNumber, 'invalid_request'));
}

async function* playJwtBearer(
  info: SandboxInfo,
  device: DemoDevice,
  client: SimClient,
): AsyncGenerator<Line> {
  const { phoneNumber } = device;
  const assertion = await client.assertion(device, VERIFY_SCOPE);
  const answer = await client.byAssertion(assertion);
  yield toldBy('JWT bearer: POST /token with a TS.43 token inside', answer, granted(answer));
  if (!granted(answer)) return;
  const own = await verify(info, tokenIn(answer), { phoneNumber });
  yield told(`verify ${phoneNumber} (its own)`, own, own.body['devicePhoneNumberVerified'] === true);
  const again = await client.byAssertion(assertion);
  yield toldBy('JWT bearer: the same assertion again', again, refused(again, 'invalid_grant'));
}
