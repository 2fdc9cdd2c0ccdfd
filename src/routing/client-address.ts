import { IncomingMessage } from 'node:http';
import { BlockList } from 'node:net';
import { addCidr, covers } from './cidr.js';
import { parseIp } from './ip.js';

/** Where a request came from, as far as hops we trust say so. */
export interface ClientAddress {
  /** IPv4 dotted or IPv6; an IPv4-mapped IPv6 address is given as the IPv4 address it is. */
  readonly ip: string;
  /** The source port: behind carrier NAT an address alone does not name a device. */
  readonly port?: number;
}

/** How hops are written: `X-Forwarded-For` as everybody does it, or `Forwarded` of RFC 7239. */
export type ForwardingHeader = 'x-forwarded-for' | 'forwarded';

/**
 * Finds the address of a client behind our own proxies: the rightmost one that is not ours. What stands left
 * of it was written by a stranger, so the leftmost entry of the header is worth nothing; and so is a header
 * that our proxies do not write, because they hand it through as it came.
 */
export class ClientAddresses {
  private readonly trusted = new BlockList();

  /** @param trustedProxies CIDR blocks of the hops whose header is believed */
  constructor(
    trustedProxies: readonly string[],
    private readonly header: ForwardingHeader = 'x-forwarded-for',
  ) {
    for (const cidr of trustedProxies) addCidr(this.trusted, cidr);
  }

  /** @returns undefined when a trusted hop names something that is no address */
  of(request: Pick<IncomingMessage, 'headers' | 'socket'>): ClientAddress | undefined {
    const written = [request.headers[this.header] ?? []].flat().join(',');
    const hops = written.split(',').filter((hop) => hop.trim() !== '');
    let address = parseAddress(request.socket.remoteAddress ?? '', request.socket.remotePort);
    while (address && covers(this.trusted, address.ip)) {
      const hop = hops.pop()?.trim();
      if (hop === undefined) return address;
      address = parseAddress(this.header === 'forwarded' ? forIn(hop) : hop);
    }
    return address;
  }
}

/** The `for` of one element of a Forwarded header: `for="[2001:db8::1]:4711";proto=https`. */
function forIn(element: string): string {
  const [, quoted, token] = /(?:^|;)\s*for=(?:"([^"\\]*)"|([^\s;"]*))\s*(?:;|$)/i.exec(element) ?? [];
  return quoted ?? token ?? '';
}

/** Reads `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` and `[2001:db8::1]:4711`. */
function parseAddress(text: string, port?: number): ClientAddress | undefined {
  const withPort = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(text);
  const host = withPort?.[1] ?? withPort?.[2] ?? text;
  const ip = parseIp(host.replace(/%.*$/, ''))?.toString();
  const sourcePort = withPort?.[3] === undefined ? port : Number(withPort[3]);
  if (ip === undefined || (sourcePort !== undefined && sourcePort > 65_535)) return undefined;
  return { ip, ...(sourcePort !== undefined && { port: sourcePort }) };
}
