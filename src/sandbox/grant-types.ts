import { Operator } from '../operators/operator.js';

type Flow = Operator['auth']['flows'][number];

/** `grant_type` of each flow: RFC 6749 4.1.3, OpenID CIBA Core 10.1, RFC 7523 2.1. */
const GRANT_TYPES: Readonly<Record<Flow, string>> = {
  authorization_code: 'authorization_code',
  ciba: 'urn:openid:params:grant-type:ciba',
  jwt_bearer: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
};

/** @returns what the operator's discovery document lists */
export const grantTypesOf = ({ auth }: Operator): string[] => auth.flows.map((flow) => GRANT_TYPES[flow]);

/** @returns the flow a token request belongs to; undefined: not offered by this operator, as refreshing is by none */
export function flowOf(grantType: string | null, { auth }: Operator): Flow | undefined {
  return auth.flows.find((flow) => GRANT_TYPES[flow] === grantType);
}
