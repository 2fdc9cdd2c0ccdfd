import ipaddr from 'ipaddr.js';
import { Operator } from '../operators/operator.js';

/** Where an operator may be: on the internet, also on networks of ours, or anywhere. */
export type Reach = 'public' | 'private' | 'any';

/** Loopback: behind a proxy of its own beside us. Not among them: link-local, where clouds keep their metadata. */
const OURS = new Set(['unicast', 'private', 'carrierGradeNat', 'uniqueLocal', 'loopback']);

/** Simulated operators are on this machine; a private interconnect is what its manifest says it is. */
export function reachOf({ lifecycle, privateInterconnect }: Operator): Reach {
  if (lifecycle === 'sandbox') return 'any';
  return privateInterconnect ? 'private' : 'public';
}

/** @param address IPv4 or IPv6, as a socket or DNS gives it; what is no address is out of reach */
export function isWithin(reach: Reach, address: string): boolean {
  if (reach === 'any') return true;
  if (!ipaddr.isValid(address)) return false;
  const ip = ipaddr.process(address);
  const range = ip.range();
  // IPv4 behind a translator (RFC 6052): what counts is whom it leads to.
  if (range === 'rfc6052')
    return isWithin(reach, ipaddr.fromByteArray(ip.toByteArray().slice(12)).toString());
  return reach === 'public' ? range === 'unicast' : OURS.has(range);
}
