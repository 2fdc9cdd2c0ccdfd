import { SHARE_SCOPE, VERIFY_SCOPE } from '../../src/contract/number-verification.js';
import { PURPOSE } from '../support/ciba.js';
import { Asp, tokenFor } from '../support/tokens.js';

/** A number whose last two digits choose what the simulated operator does (docs/sandbox.md, API rows). */
export function magicNumber(row: number): string {
  return `+99099912${String(row).padStart(2, '0')}`;
}

/** The API as an application calls it; every answer is drained, and its status handed back. */
export class Calls {
  constructor(private readonly asp: Asp) {}

  /** A token for one call by the device at this address. */
  token(ip: string, scope: string = VERIFY_SCOPE): Promise<string> {
    return tokenFor(this.asp, ip, { scope: `openid ${PURPOSE} ${scope}` });
  }

  async verify(token: string | undefined, phoneNumber: string, signal?: AbortSignal): Promise<number> {
    const answer = await fetch(`${this.asp.issuer}/number-verification/v2/verify`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ phoneNumber }),
      ...(signal && { signal }),
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  async share(token: string): Promise<number> {
    const answer = await fetch(`${this.asp.issuer}/number-verification/v2/device-phone-number`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  /** A sign-in and a call, from the first redirect to the verdict. */
  async signInAndVerify(ip: string, phoneNumber: string): Promise<number> {
    return this.verify(await this.token(ip), phoneNumber);
  }

  async signInAndShare(ip: string): Promise<number> {
    return this.share(await this.token(ip, SHARE_SCOPE));
  }
}
