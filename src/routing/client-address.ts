import { IncomingMessage } from 'node:http';
import { BlockList } from 'node:net';
import ipaddr from 'ipaddr.js';
import { addCidr, covers } from './cidr.js';

/** Where a request came from, as far as hops we trust say so. */
export interface ClientAddress {
  /** IPv4 dotted or IPv6; an IPv4-mapped IPv6 address is given as the IPv4 address it is. */
  readonly ip: string;
  /** The source port: behind carrier NAT an address alone does not name a device. */
  readonly port?: number;
}

/**
 * Finds the address of a client behind our own proxies: the rightmost one that is not ours. What stands left
 * of it was written by a stranger, so the leftmost entry of X-Forwarded-For is worth nothing.
 */
export class ClientAddresses {
  private readonly trusted = new BlockList();

  /** @param trustedProxies CIDR blocks of the hops whose X-Forwarded-For is believed */
  constructor(trustedProxies: readonly string[]) {
    for (const cidr of trustedProxies) addCidr(this.trusted, cidr);
  }

  /** @returns undefined when a trusted hop names something that is no address */
  of(request: Pick<IncomingMessage, 'headers' | 'socket'>): ClientAddress | undefined {
    const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',');
    const hops = forwarded.split(',').filter((hop) => hop.trim() !== '');
    let address = parseAddress(request.socket.remoteAddress ?? '', request.socket.remotePort);
    while (address && covers(this.trusted, address.ip)) {
      const hop = hops.pop();
      if (hop === undefined) return address;
      address = parseAddress(hop.trim());
    }
    return address;
  }
}

/** Reads `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` and `[2001:db8::1]:4711`. */
function parseAddress(text: string, port?: number): ClientAddress | undefined {
  const withPort = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(text);
  const host = withPort?.[1] ?? withPort?.[2] ?? text;
  const bare = host.replace(/%.*$/, '');
  if (!ipaddr.IPv4.isValidFourPartDecimal(bare) && !ipaddr.IPv6.isValid(bare)) return undefined;
  const sourcePort = withPort?.[3] === undefined ? port : Number(withPort[3]);
  return { ip: ipaddr.process(bare).toString(), ...(sourcePort !== undefined && { port: sourcePort }) };
}
