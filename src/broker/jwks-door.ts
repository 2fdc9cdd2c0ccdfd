import { lookup } from 'node:dns';
import { LookupFunction, isIP } from 'node:net';
import { OnApplicationShutdown } from '@nestjs/common';
import { Agent, buildConnector, request } from 'undici';
import { isPublicAddress } from '../routing/ip.js';

const DEADLINE_MS = 2_500;
const MAX_BYTES = 64 * 1024;
const MAX_IN_FLIGHT = 16;

/** Why no key set came: words of ours, nothing of what was sent or received. */
export class KeysUnavailable extends Error {}

/**
 * The way to key sets of applications. Their URLs come from outside: what they lead to must be public, whatever
 * its name resolves to, and it gets no second request, no long answer and no long time (SSRF).
 */
export class JwksDoor implements OnApplicationShutdown {
  private inFlight = 0;
  private readonly agent: Agent;

  /** @param sandbox plain http to this machine is allowed, and addresses that are not public */
  constructor(private readonly sandbox: boolean) {
    this.agent = new Agent({
      connect: publicOnly(sandbox),
      maxResponseSize: MAX_BYTES,
      pipelining: 0,
      maxHeaderSize: 8_192,
    });
  }

  /**
   * @returns the body of a 200
   * @throws KeysUnavailable for everything else
   */
  async read(url: string): Promise<string> {
    if (!this.mayAsk(url)) throw new KeysUnavailable('forbidden');
    if (this.inFlight >= MAX_IN_FLIGHT) throw new KeysUnavailable('busy');
    this.inFlight += 1;
    const signal = AbortSignal.timeout(DEADLINE_MS);
    try {
      const { statusCode, body } = await request(url, {
        dispatcher: this.agent,
        signal,
        headers: { accept: 'application/jwk-set+json, application/json', 'accept-encoding': 'identity' },
      });
      if (statusCode !== 200) {
        // Ended on purpose: nobody waits for the error that this is to it.
        body.on('error', () => undefined).destroy();
        throw new KeysUnavailable('status');
      }
      return await body.text();
    } catch (error) {
      if (error instanceof KeysUnavailable) throw error;
      throw new KeysUnavailable(signal.aborted ? 'timeout' : 'unreachable');
    } finally {
      this.inFlight -= 1;
    }
  }

  onApplicationShutdown(): Promise<void> {
    return this.agent.destroy();
  }

  private mayAsk(given: string): boolean {
    const url = URL.parse(given);
    if (!url || url.username !== '' || url.password !== '') return false;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (this.sandbox && url.protocol === 'http:') return ['localhost', '127.0.0.1', '::1'].includes(host);
    return url.protocol === 'https:' && (this.sandbox || isIP(host) === 0 || isPublicAddress(host));
  }
}

/** Looks at what a name means before anything is sent, and at what the socket is connected to after that. */
function publicOnly(sandbox: boolean): buildConnector.connector {
  const options = { timeout: DEADLINE_MS, rejectUnauthorized: true, minVersion: 'TLSv1.2' } as const;
  if (sandbox) return buildConnector(options);
  const connect = buildConnector({ ...options, lookup: publicLookup });
  return (to, done) =>
    connect(to, (error, socket) => {
      if (error || !socket) return done(error ?? new KeysUnavailable('unreachable'), null);
      if (isPublicAddress(socket.remoteAddress ?? '')) return done(null, socket);
      socket.destroy();
      done(new KeysUnavailable('forbidden'), null);
    });
}

/** One address that is not public condemns the name: who points there means no good. */
const publicLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, '');
    const [first] = addresses;
    if (!first || !addresses.every(({ address }) => isPublicAddress(address))) {
      return done(new KeysUnavailable('forbidden'), '');
    }
    if (options.all) return done(null, addresses);
    done(null, first.address, first.family);
  });
};
