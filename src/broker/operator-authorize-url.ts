import { Configuration, buildAuthorizationUrl } from 'openid-client';
import { PhoneNumber } from '../contract/number-verification.js';
import { Operator } from '../operators/operator.js';

/** Our callback as an operator knows it: one per operator and registration, so that no answer can be mixed up. */
export function callbackUrl(
  issuer: string,
  { operatorId, registrationId }: { operatorId: string; registrationId: string },
): string {
  return `${issuer}/upstream/${operatorId}/${registrationId}/callback`;
}

export interface AskOfOperator {
  readonly redirectUri: string;
  /** In the operator's own form. */
  readonly scope: string;
  readonly state: string;
  readonly nonce: string | undefined;
  readonly codeChallenge: string | undefined;
  /** As the ASP gave it. */
  readonly loginHint: string | undefined;
}

/** The URL that the device is sent to. Nothing of the ASP's own request but the hint goes into it. */
export function operatorAuthorizeUrl(client: Configuration, operator: Operator, ask: AskOfOperator): string {
  const { redirectUri, scope, state, nonce, codeChallenge } = ask;
  const loginHint = hintFor(operator.auth.loginHint, ask.loginHint);
  return buildAuthorizationUrl(client, {
    redirect_uri: redirectUri,
    scope,
    state,
    ...(nonce && { nonce }),
    ...(operator.auth.promptNone && { prompt: 'none' }),
    ...(codeChallenge && { code_challenge: codeChallenge, code_challenge_method: 'S256' }),
    ...(loginHint && { login_hint: loginHint }),
  }).href;
}

/** The phone number of a `tel:` hint, if it is one. */
export function phoneNumberIn(loginHint: string | undefined): string | undefined {
  return PhoneNumber.safeParse(loginHint?.replace(/^tel:/, '')).data;
}

/** Only phone numbers are passed on: other hints would assert what the operator is to find out. */
function hintFor(form: Operator['auth']['loginHint'], given: string | undefined): string | undefined {
  const phoneNumber = form === 'none' ? undefined : phoneNumberIn(given);
  return phoneNumber && (form === 'tel' ? `tel:${phoneNumber}` : phoneNumber);
}
