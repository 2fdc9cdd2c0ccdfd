import { createHmac } from 'node:crypto';

/** What the simulator knows of an operator token, without ever having been told: it follows from seed and id. */
export interface Truth {
  /** Id of the one call the token is good for; our access token's jti, too. */
  readonly jti: string;
  /** The device's number, E.164. +990 is no country's code: it can be nobody's. */
  readonly number: string;
}

const MAC_DIGITS = 24;

/** An operator token that only this run's simulator takes. */
export function operatorToken(seed: string, jti: string): string {
  return `${jti}~${mac(seed, jti).toString('hex').slice(0, MAC_DIGITS)}`;
}

export function numberOf(seed: string, jti: string): string {
  return numberFrom(mac(seed, jti));
}

/** @returns undefined for a token of nobody's making */
export function readOperatorToken(seed: string, token: string): Truth | undefined {
  const at = token.lastIndexOf('~');
  if (at < 1) return undefined;
  const jti = token.slice(0, at);
  const known = mac(seed, jti);
  if (known.toString('hex').slice(0, MAC_DIGITS) !== token.slice(at + 1)) return undefined;
  return { jti, number: numberFrom(known) };
}

function mac(seed: string, jti: string): Buffer {
  return createHmac('sha256', seed).update(jti).digest();
}

function numberFrom(known: Buffer): string {
  return `+990${String(known.readUIntBE(20, 5) % 1_000_000_000).padStart(9, '0')}`;
}
