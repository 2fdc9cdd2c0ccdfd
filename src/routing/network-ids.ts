import { z } from 'zod';
import { Secret } from '../contract/secret.js';
import { LimitedHttp } from './limited-http.js';
import { Remembered } from './remembered.js';

/** Whose network a number is in today, portability included. Any national or commercial source may stand behind it. */
export interface NetworkIds {
  /**
   * @param phoneNumber E.164 with '+'
   * @returns MCC and MNC, 5 or 6 digits; undefined when the source does not know the number
   * @throws LookupFailed when it gives no answer
   */
  resolve(phoneNumber: string): Promise<string | undefined>;
}

/** Nest's token for {@link NetworkIds}; undefined where there is no such source. */
export const NETWORK_IDS = Symbol('NetworkIds');

const NetworkId = z.object({ networkId: z.string().regex(/^\d{5,6}$/) });

/** A number that moves is served by its old network for hours. */
const REMEMBERED = { ttlMs: 600_000, size: 10_000 };

/** A source that speaks the Network Id API of GSMA Open Gateway (`/network-id/v0`). */
export class HttpNetworkIds implements NetworkIds {
  private readonly remembered: Remembered<string | undefined>;

  constructor(
    private readonly http: LimitedHttp,
    private readonly source: { url: string; token: Secret | undefined },
    clock?: () => number,
  ) {
    this.remembered = new Remembered(REMEMBERED, clock);
  }

  resolve(phoneNumber: string): Promise<string | undefined> {
    return this.remembered.get(phoneNumber, () => this.ask(phoneNumber));
  }

  private async ask(phoneNumber: string): Promise<string | undefined> {
    const { url, token } = this.source;
    const answer = await this.http.read(
      {
        url: `${url.replace(/\/$/, '')}/network-id/v0/resolve-network-id`,
        body: { phoneNumber },
        token,
        deadlineMs: 1_500,
        maxBytes: 64 * 1024,
      },
      NetworkId,
    );
    return answer?.networkId;
  }
}
