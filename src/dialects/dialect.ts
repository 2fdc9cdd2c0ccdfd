import { ApiScope, VerifyRequest } from '../contract/number-verification.js';

/** One HTTP request to an operator, below its API root. The access token is added by `upstream/`. */
export interface UpstreamRequest {
  method: 'GET' | 'POST';
  /** Path and query below the operator's apiRoot, beginning with its base path. */
  path: string;
  headers: Record<string, string>;
  /** Serialized JSON, or undefined for no body. */
  body?: string;
}

/** What came back, whole: at most 64 KiB, not decoded, never a redirect that was followed. */
export interface UpstreamAnswer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** What one operator can do, of what its dialect defines; from its manifest. */
export interface Capabilities {
  verifyPlain: boolean;
  verifyHashed: boolean;
  share: boolean;
  /** `plain-digits`: compares hashes made without '+' only. Ours are of '+…' and cannot be converted: 422. */
  hashOf: 'e164' | 'plain-digits';
  /** Sends plain numbers without their '+'. */
  stripPlus: boolean;
  /** Content type of a 200 that is tolerated beside application/json. */
  acceptContentType?: string;
}

/** What a dialect must know of the operator it speaks to. */
export interface Target {
  /** Such as `/number-verification/v2`: free text per operator, the dialect does not follow from it. */
  basePath: string;
  capabilities: Capabilities;
}

/** The call's correlation id, translated per dialect: each CAMARA version allows another shape. */
export interface Correlation {
  /** The consumer's value, valid for 2.1; or one of ours. */
  value: string;
  /** A fresh UUID, for dialects that refuse the consumer's value. */
  replacement(): string;
}

/**
 * One wire dialect: pure functions, no network, no clock, no configuration.
 * A verdict comes only from a valid 200; everything else is a Problem, never `false`.
 */
export interface Dialect {
  readonly name: string;
  /** Our API scopes as this dialect spells them; undefined: the dialect has no such operation. */
  readonly scopes: Readonly<Record<ApiScope, string | undefined>>;
  readonly capabilities: Readonly<{ share: boolean; verifyPlain: boolean; verifyHashed: boolean }>;
  /** @throws Problem notApplicable */
  encodeVerify(ask: VerifyRequest, target: Target, correlation: Correlation): UpstreamRequest;
  /** @throws Problem for whatever is not a 200 with a valid body */
  decodeVerify(answer: UpstreamAnswer, target: Target): boolean;
  /** @throws Problem notApplicable */
  encodeShare(target: Target, correlation: Correlation): UpstreamRequest;
  /** @returns the device's number, E.164 with '+' */
  decodeShare(answer: UpstreamAnswer, target: Target): string;
}
