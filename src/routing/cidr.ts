import { BlockList, isIPv6 } from 'node:net';

/** Adds a valid CIDR block such as `203.0.113.0/24` or `2001:db8::/32`. */
export function addCidr(list: BlockList, cidr: string): void {
  const [network = '', prefix = ''] = cidr.split('/');
  list.addSubnet(network, Number(prefix), family(network));
}

/** @param ip a valid address; IPv4-mapped IPv6 addresses have been unmapped before */
export function covers(list: BlockList, ip: string): boolean {
  return list.check(ip, family(ip));
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
