import ipaddr from 'ipaddr.js';

/** A block of addresses: its first `length` bits, of 32 or 128. */
export interface Block {
  readonly width: 32 | 128;
  readonly length: number;
  readonly head: bigint;
}

/**
 * Reads a whole address, IPv4 dotted or IPv6; short and octal IPv4 forms are refused.
 * @returns an IPv4-mapped IPv6 address as the IPv4 address it is; undefined for what is no address
 */
export function parseIp(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return undefined;
  return ipaddr.process(text);
}

/** @param ip a valid address. @returns whether it can be routed on the internet: not private, shared, or reserved */
export function isPublicAddress(ip: string): boolean {
  return parseIp(ip)?.range() === 'unicast';
}

/** The blocks of every length that an address lies in have the same first bits as the address. */
export function blockOf(address: ipaddr.IPv4 | ipaddr.IPv6, length: number): Block {
  const width = address.kind() === 'ipv4' ? 32 : 128;
  const bits = BigInt(`0x${Buffer.from(address.toByteArray()).toString('hex')}`);
  return { width, length, head: bits >> BigInt(width - length) };
}

/**
 * Reads `203.0.113.0/24`, `2001:db8::/32` or a single address; bits behind the length are ignored, as operators
 * write `23.124.1.200/20`. A block of IPv4-mapped IPv6 addresses is the IPv4 block it is.
 * @returns the block and its canonical text; undefined for what is neither
 */
export function parseCidr(text: string): { block: Block; text: string } | undefined {
  const [, host = '', written] = /^([\da-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (!ipaddr.IPv4.isValidFourPartDecimal(host) && !ipaddr.IPv6.isValid(host)) return undefined;
  const given = ipaddr.parse(host);
  const full = given.kind() === 'ipv4' ? 32 : 128;
  const length = written === undefined ? full : Number(written);
  if (length > full) return undefined;
  const mapped = given instanceof ipaddr.IPv6 && given.isIPv4MappedAddress() && length >= 96;
  const block = mapped ? blockOf(given.toIPv4Address(), length - 96) : blockOf(given, length);
  return { block, text: textOf(block) };
}

function textOf({ width, length, head }: Block): string {
  const hex = (head << BigInt(width - length)).toString(16).padStart(width / 4, '0');
  return `${ipaddr.fromByteArray([...Buffer.from(hex, 'hex')]).toString()}/${length}`;
}
