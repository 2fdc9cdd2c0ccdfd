import { randomUUID } from 'node:crypto';
import { VERIFY_SCOPE } from '../../src/contract/number-verification.js';
import { GoodJwt, privateKey } from './forge.js';
import { Asp } from './tokens.js';

const PURPOSE = 'dpv:FraudPreventionAndDetection';

/** The three JWTs that applications send us, each with the claims that are its own to get wrong. */
type Use = Pick<GoodJwt, 'wrong'> & { readonly aud: string; claims(): Record<string, unknown> };

/** RFC 7523 §2.2. @param endpoint that it is sent to, such as `/token` */
export function goodClientAssertion(asp: Asp, endpoint: string): GoodJwt {
  const { clientId } = asp.application;
  return goodJwt(asp, {
    aud: asp.issuer + endpoint,
    claims: () => ({ sub: clientId }),
    wrong: { sub: [undefined, null, '', 'another', [clientId], `${clientId} `, clientId.toUpperCase(), 7] },
  });
}

/** RFC 7523 §2.1. @param subject a TS.43 token with its prefix */
export function goodBearerAssertion(asp: Asp, subject: string, mccmnc: string): GoodJwt {
  const token = subject.slice(subject.indexOf(':') + 1);
  const forms = ['', 'operatortoken', 'operatortoken:', 'operatortoken: ', `OPERATORTOKEN:${token}`, token];
  const others = [
    'tel:+99003500001',
    'ipport:10.35.0.1',
    `tel:${token}`,
    'operatortoken:\0',
    null,
    [subject],
    {},
  ];
  return goodJwt(asp, {
    aud: `${asp.issuer}/token`,
    claims: () => ({ sub: subject, scope: `${PURPOSE} ${VERIFY_SCOPE}`, mccmnc }),
    wrong: {
      sub: [...forms, ...others],
      mccmnc: [undefined, null, '', '0', '00101', Number(mccmnc), [mccmnc], `${mccmnc}0000`, "' OR 1=1"],
      operator_id: [7, [], {}, null],
    },
  });
}

/** RFC 9101, at the authorization endpoint. @param parameters of the request */
export function goodRequestObject(asp: Asp, endpoint: string, parameters: Record<string, string>): GoodJwt {
  const { clientId } = asp.application;
  return goodJwt(asp, {
    aud: asp.issuer + endpoint,
    claims: () => ({ ...parameters }),
    wrong: {
      sub: [clientId, '', 'another'],
      client_id: ['another', '', [clientId], 7],
      request: ['e30.e30.e30', ''],
      request_uri: ['https://evil.example/', 'urn:x'],
      scope: [['openid'], {}, null, true],
    },
  });
}

function goodJwt({ application }: Asp, { aud, claims, wrong }: Use): GoodJwt {
  const { clientId, privateKeyJwk } = application;
  const { d: _private, ...publicJwk } = privateKeyJwk;
  const timely = (): Record<string, unknown> => {
    const now = Math.floor(Date.now() / 1000);
    return { iss: clientId, aud, iat: now, exp: now + 60, jti: randomUUID() };
  };
  return {
    header: { alg: 'ES256', kid: privateKeyJwk.kid },
    claims: () => ({ ...timely(), ...claims() }),
    key: privateKey(privateKeyJwk),
    publicJwk,
    audience: aud,
    wrong,
  };
}
