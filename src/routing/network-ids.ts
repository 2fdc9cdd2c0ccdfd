import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { Secret } from '../contract/secret.js';
import { LimitedHttp } from './limited-http.js';
import { Remembered } from './remembered.js';
import { ServiceClient } from './lookup.js';

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

/** Where it is, and how it is asked: with a bearer token, as a client that gets one, or without. */
export interface NetworkIdSource {
  readonly url: string;
  readonly token: Secret | undefined;
  readonly client?: ServiceClient | undefined;
}

/** A source that speaks the Network Id API of GSMA Open Gateway (`/network-id/v0`). */
export class HttpNetworkIds implements NetworkIds {
  /** So that what is remembered holds no numbers: it never leaves the process. */
  private readonly key = randomBytes(32);
  private readonly remembered: Remembered<string | undefined>;

  constructor(
    private readonly http: LimitedHttp,
    private readonly source: NetworkIdSource,
    clock?: () => number,
  ) {
    this.remembered = new Remembered(REMEMBERED, clock);
  }

  resolve(phoneNumber: string): Promise<string | undefined> {
    const name = createHmac('sha256', this.key).update(phoneNumber).digest('base64');
    return this.remembered.get(name, () => this.ask(phoneNumber));
  }

  private async ask(phoneNumber: string): Promise<string | undefined> {
    const { url, token, client } = this.source;
    const answer = await this.http.read(
      {
        url: `${url.replace(/\/$/, '')}/network-id/v0/resolve-network-id`,
        body: { phoneNumber },
        token,
        client,
        deadlineMs: 1_500,
        maxBytes: 64 * 1024,
      },
      NetworkId,
    );
    return answer?.networkId;
  }
}
