import { BlockList, isIPv4 } from 'node:net';
import { Operator } from '../operators/operator.js';
import { Fault } from './faults.js';
import { habitsOf } from './habits.js';
import { faultOfDevice } from './magic.js';

/** A device a developer can try: send its address as `X-Forwarded-For` from loopback. */
export interface SandboxDevice {
  readonly operator: string;
  readonly dialect: string;
  readonly ip: string;
  /** E.164 with '+'. */
  readonly phoneNumber: string;
}

/** A device as its operator sees it. */
export interface Subscriber {
  readonly phoneNumber: string;
  /** What goes wrong with it: third octet 255, the fourth picks the row. */
  readonly fault: Fault | undefined;
}

/** What the sandbox needs of a manifest to know its devices. */
type Network = Pick<Operator, 'id' | 'routes' | 'dialect'>;

const MAGIC_OCTET = 255;

/** @returns `+990`, the second octet as 3 digits, third × 256 + fourth as 5 digits; 10.31.0.1 → +99003100001 */
export function phoneNumberOf(ip: string): string {
  const [, second, third, fourth] = ip.split('.').map(Number) as [number, number, number, number];
  return `+990${String(second).padStart(3, '0')}${String(third * 256 + fourth).padStart(5, '0')}`;
}

/** @returns the operator's first ordinary device; undefined when its manifest names no IPv4 range */
export function defaultDevice(operator: Network): SandboxDevice | undefined {
  const cidr = operator.routes.cidrs.find((block) => isIPv4(block.split('/')[0]!));
  if (!cidr) return undefined;
  const octets = cidr.split('/')[0]!.split('.').map(Number);
  const ip = [...octets.slice(0, 3), octets[3]! + 1].join('.');
  return { operator: operator.id, dialect: operator.dialect.name, ip, phoneNumber: phoneNumberOf(ip) };
}

/** @returns finds a device by its source address; undefined: not in this operator's network */
export function subscribersOf(operator: Network): (ip: string) => Subscriber | undefined {
  const network = new BlockList();
  for (const cidr of operator.routes.cidrs) {
    const [address, bits] = cidr.split('/') as [string, string];
    if (isIPv4(address)) network.addSubnet(address, Number(bits));
  }
  const habits = habitsOf(operator.dialect.name);
  return (ip) => {
    if (!isIPv4(ip) || !network.check(ip)) return undefined;
    const [third, fourth] = ip.split('.').slice(2).map(Number) as [number, number];
    const fault = third === MAGIC_OCTET ? faultOfDevice(fourth, habits) : undefined;
    return { phoneNumber: phoneNumberOf(ip), fault };
  };
}
