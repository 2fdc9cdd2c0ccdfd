import { ApiScope, SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';
import { Problem } from '../contract/problem.js';
import { Correlation, Dialect, Target, UpstreamAnswer } from './dialect.js';
import { readNumber, readPayload, readVerdict } from './payload.js';
import { COMMON_CODES, ErrorCodes, refusal } from './refusal.js';
import { verifyBody } from './verify-body.js';

/** What tells one CAMARA version from the next on the wire. */
interface Traits {
  name: string;
  /** Our scopes as this version spells them; undefined: it has no such operation. */
  scopes: Readonly<Record<ApiScope, string | undefined>>;
  /** What the version allows in `x-correlator`; `any`: a free string, `none`: the header is not declared. */
  correlator: RegExp | 'any' | 'none';
  /** Error codes beside {@link COMMON_CODES}. */
  codes: ErrorCodes;
}

/** Scope names since 0.4. */
export const COLON_SCOPES = { [VERIFY_SCOPE]: VERIFY_SCOPE, [SHARE_SCOPE]: SHARE_SCOPE } as const;

/** The two operations, which no version ever changed, with one version's traits. */
export function camara(traits: Traits): Dialect {
  const codes = { ...COMMON_CODES, ...traits.codes };
  const hasShare = traits.scopes[SHARE_SCOPE] !== undefined;

  const requireShare = (target: Target): void => {
    if (!hasShare || !target.capabilities.share) throw new Problem('notApplicable');
  };
  const read = (answer: UpstreamAnswer, operation: 'verify' | 'share', target: Target) => {
    if (answer.status !== 200) throw refusal(answer, operation, codes);
    return readPayload(answer, target.capabilities.acceptContentType);
  };

  return {
    name: traits.name,
    scopes: traits.scopes,
    capabilities: { share: hasShare, verifyPlain: true, verifyHashed: true },
    encodeVerify: (ask, target, correlation) => ({
      method: 'POST',
      path: `${target.basePath}/verify`,
      headers: { ...commonHeaders(correlation, traits.correlator), 'content-type': 'application/json' },
      body: JSON.stringify(verifyBody(ask, target.capabilities)),
    }),
    decodeVerify: (answer, target) => readVerdict(read(answer, 'verify', target)),
    encodeShare: (target, correlation) => {
      requireShare(target);
      return {
        method: 'GET',
        path: `${target.basePath}/device-phone-number`,
        headers: commonHeaders(correlation, traits.correlator),
      };
    },
    decodeShare: (answer, target) => {
      requireShare(target);
      return readNumber(read(answer, 'share', target));
    },
  };
}

/** A value this version does not allow would earn a 400 for a request that is right: a fresh UUID instead. */
function commonHeaders(correlation: Correlation, allowed: Traits['correlator']): Record<string, string> {
  const accept = 'application/json';
  if (allowed === 'none') return { accept };
  const fits = allowed === 'any' || allowed.test(correlation.value);
  return { accept, 'x-correlator': fits ? correlation.value : correlation.replacement() };
}
