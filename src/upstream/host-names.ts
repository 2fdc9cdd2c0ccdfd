import { LookupAddress, lookup as systemLookup } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { LookupFunction, isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { callbackify } from 'node:util';

/** Who knows addresses. */
export interface NameSources {
  readonly resolver: Pick<Resolver, 'resolve4' | 'resolve6'>;
  /** @returns text of the hosts file; empty when there is none */
  hosts(): Promise<string>;
  /** What the system makes of a name that DNS does not know as it stands: search domains, other name services. */
  system(name: string): Promise<LookupAddress[]>;
}

interface Known {
  readonly addresses: readonly LookupAddress[];
  readonly error: NodeJS.ErrnoException | undefined;
  readonly untilMs: number;
}

/** Less than the usual time for connecting, of which it is a part. */
const PATIENCE_MS = 450;
/** How long an address waits for one of the other family (RFC 8305, 3). */
const OTHER_FAMILY_MS = 50;
const LONGEST_MS = 300_000;
const SHORTEST_MS = 1_000;
const HOSTS_MS = 10_000;
/** Of a name that is not there; of one about which nothing could be learnt. */
const ABSENT_MS = 5_000;
const FAILED_MS = 1_000;
/** How long an address serves that could not be confirmed (RFC 8767 allows days). */
const STALE_MS = 300_000;
const MAX_NAMES = 1_000;

const ABSENT = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * Addresses of the operators' hosts. Asked over DNS directly: `getaddrinfo` would hold one of the few threads that files
 * and cryptography share, for as long as a slow name server likes. Remembered as long as DNS says; so are failures.
 */
export class HostNames {
  private readonly known = new Map<string, Known>();
  private readonly asking = new Map<string, Promise<readonly LookupAddress[]>>();
  private turn = 0;

  /** @param clock milliseconds */
  constructor(
    private readonly sources: NameSources = ofThisMachine(),
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** In the place of `dns.lookup`. IPv4 comes first; the address that is tried first changes from call to call. */
  readonly lookup: LookupFunction = (name, options, done) => {
    this.resolveThen(name, (error, found) => {
      if (error) return done(error, []);
      const family = options.family === 4 || options.family === 6 ? options.family : undefined;
      const all = this.turned(found.filter((one) => family === undefined || one.family === family));
      const [first] = all;
      if (!first) return done(noAddress('ENOTFOUND'), []);
      if (options.all) return done(null, all);
      done(null, first.address, first.family);
    });
  };

  private readonly resolveThen = callbackify((name: string) => this.resolve(name));

  /** @throws Error with a code of DNS, within 450 ms; a later answer is kept for the next call */
  async resolve(name: string): Promise<readonly LookupAddress[]> {
    const now = this.clock();
    const known = this.known.get(name);
    if (known && known.untilMs > now) {
      if (known.error) throw known.error;
      return known.addresses;
    }
    const asked = this.ask(name);
    asked.catch(() => undefined);
    // Confirmed behind the back of this call, which does not wait.
    if (known && !known.error && known.untilMs + STALE_MS > now) return known.addresses;
    const patience = sleep(PATIENCE_MS, undefined, { ref: false });
    return Promise.race([asked, patience.then(() => Promise.reject(noAddress('ETIMEOUT')))]);
  }

  private ask(name: string): Promise<readonly LookupAddress[]> {
    const running = this.asking.get(name);
    if (running) return running;
    const asked = this.find(name)
      .then(({ addresses, ttlMs }) => this.keep(name, addresses, undefined, ttlMs))
      .catch((error: NodeJS.ErrnoException) => {
        const absent = ABSENT.has(error.code ?? '');
        const before = this.known.get(name);
        const usable = !absent && before && !before.error && before.untilMs + STALE_MS > this.clock();
        if (!usable) this.keep(name, [], error, absent ? ABSENT_MS : FAILED_MS);
        throw error;
      })
      .finally(() => this.asking.delete(name));
    this.asking.set(name, asked);
    return asked;
  }

  private keep(
    name: string,
    addresses: readonly LookupAddress[],
    error: NodeJS.ErrnoException | undefined,
    ttlMs: number,
  ): readonly LookupAddress[] {
    if (this.known.size >= MAX_NAMES) this.known.delete(this.known.keys().next().value!);
    this.known.set(name, { addresses, error, untilMs: this.clock() + ttlMs });
    return addresses;
  }

  private async find(name: string): Promise<{ addresses: LookupAddress[]; ttlMs: number }> {
    const fixed = fixedAddresses(name, await this.sources.hosts());
    if (fixed.length > 0) return { addresses: fixed, ttlMs: HOSTS_MS };
    try {
      return await this.overDns(name);
    } catch (error) {
      if (!ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      return { addresses: await this.sources.system(name), ttlMs: HOSTS_MS };
    }
  }

  private async overDns(name: string): Promise<{ addresses: LookupAddress[]; ttlMs: number }> {
    const { resolver } = this.sources;
    const v4 = resolver.resolve4(name, { ttl: true });
    const v6 = resolver.resolve6(name, { ttl: true });
    const waited = v4.then(aMoment, () => v6).then(() => []);
    const later = Promise.race([v6, waited]).catch(() => []);
    const records = [await v4.catch(() => []), await later].flat();
    if (records.length === 0) throw await reasonOf(v4, v6);
    const ttlMs = Math.min(
      LONGEST_MS,
      Math.max(SHORTEST_MS, Math.min(...records.map(({ ttl }) => ttl)) * 1000),
    );
    return { addresses: records.map(({ address }) => ({ address, family: isIP(address) })), ttlMs };
  }

  private turned(found: readonly LookupAddress[]): LookupAddress[] {
    const of = (family: number): LookupAddress[] => {
      const those = found.filter((one) => one.family === family);
      const at = those.length === 0 ? 0 : this.turn % those.length;
      return [...those.slice(at), ...those.slice(0, at)];
    };
    const all = [...of(4), ...of(6)];
    this.turn++;
    return all;
  }
}

function aMoment(): Promise<void> {
  return sleep(OTHER_FAMILY_MS, undefined, { ref: false });
}

/** That a name is absent is believed only where both families say so. */
async function reasonOf(...asked: Promise<unknown>[]): Promise<Error> {
  const answers = await Promise.allSettled(asked);
  const reasons = answers.flatMap((one) =>
    one.status === 'rejected' ? [one.reason as NodeJS.ErrnoException] : [],
  );
  return reasons.find(({ code }) => !ABSENT.has(code ?? '')) ?? reasons[0] ?? noAddress('ENODATA');
}

/** Its text names no host: it may be logged. */
function noAddress(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error('no address'), { code });
}

/** What the hosts file says, and what RFC 6761 says of `localhost`. */
function fixedAddresses(name: string, hosts: string): LookupAddress[] {
  const wanted = name.toLowerCase();
  const written = hosts
    .split('\n')
    .map((line) => line.replace(/#.*$/, '').trim().toLowerCase().split(/\s+/))
    .filter(([address = '', ...names]) => isIP(address) !== 0 && names.includes(wanted))
    .map(([address]) => ({ address: address!, family: isIP(address!) }));
  if (written.length > 0 || !/(^|\.)localhost$/.test(wanted)) return written;
  return [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ];
}

function ofThisMachine(): NameSources {
  return {
    resolver: new Resolver({ timeout: 1_000, tries: 2 }),
    hosts: () => readFile('/etc/hosts', 'utf8').catch(() => ''),
    system: (name) =>
      new Promise((resolve, reject) => {
        systemLookup(name, { all: true }, (error, found) => (error ? reject(error) : resolve(found)));
      }),
  };
}
