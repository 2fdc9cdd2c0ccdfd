import { BlockList, isIPv4 } from 'node:net';
import { Operator } from '../operators/operator.js';
import { Fault } from './fault.js';
import { habitsOf } from './habits.js';
import { faultOfDevice } from './magic.js';

/** A device a developer can try: send its address as `X-Forwarded-For` from loopback. */
export interface SandboxDevice {
  readonly operator: string;
  readonly dialect: string;
  readonly ip: string;
  /** E.164 with '+'. */
  readonly phoneNumber: string;
  /** Its network; absent when the manifest names none. */
  readonly mccmnc?: string;
  /** `POST` from the device's address gives a TS.43 temporary token. */
  readonly operatorTokenUrl: string;
  /** The flows in which its operator takes that token. */
  readonly operatorTokenFlows: readonly ('ciba' | 'jwt_bearer')[];
}

/** A device as its operator sees it. */
export interface Subscriber {
  readonly phoneNumber: string;
  /** What goes wrong with it: third octet 255, the fourth picks the row. */
  readonly fault: Fault | undefined;
}

/** Finds devices; undefined: not in this operator's network. */
export interface Network {
  at(ip: string): Subscriber | undefined;
  /** @param phoneNumber E.164 with '+' */
  numbered(phoneNumber: string): Subscriber | undefined;
}

/** What the sandbox needs of a manifest to know its devices. */
type Ranges = Pick<Operator, 'routes' | 'dialect'>;

const MAGIC_OCTET = 255;

/** @returns `+990`, the second octet as 3 digits, third × 256 + fourth as 5 digits; 10.31.0.1 → +99003100001 */
export function phoneNumberOf(ip: string): string {
  const [, second, third, fourth] = ip.split('.').map(Number) as [number, number, number, number];
  return `+990${String(second).padStart(3, '0')}${String(third * 256 + fourth).padStart(5, '0')}`;
}

/**
 * @param sandboxUrl where the simulated operators listen, without trailing slash
 * @returns the operator's first ordinary device; undefined when its manifest names no IPv4 range
 */
export function defaultDevice(
  operator: Pick<Operator, 'id' | 'networks' | 'auth'> & Ranges,
  sandboxUrl: string,
): SandboxDevice | undefined {
  const cidr = operator.routes.cidrs.find((block) => isIPv4(block.split('/')[0]!));
  if (!cidr) return undefined;
  const octets = cidr.split('/')[0]!.split('.').map(Number);
  const ip = [...octets.slice(0, 3), octets[3]! + 1].join('.');
  const [mccmnc] = operator.networks;
  const { flows, cibaHints } = operator.auth;
  return {
    operator: operator.id,
    dialect: operator.dialect.name,
    ip,
    phoneNumber: phoneNumberOf(ip),
    ...(mccmnc === undefined ? {} : { mccmnc }),
    operatorTokenUrl: `${sandboxUrl}/${operator.id}/operator-token`,
    operatorTokenFlows: flows.filter(
      (flow): flow is 'ciba' | 'jwt_bearer' =>
        flow === 'jwt_bearer' || (flow === 'ciba' && cibaHints.includes('operatortoken')),
    ),
  };
}

/** The devices of an operator: every address of its IPv4 ranges is one. */
export function networkOf(operator: Ranges): Network {
  const range = new BlockList();
  const blocks = operator.routes.cidrs.map((cidr) => cidr.split('/') as [string, string]);
  const own = blocks.filter(([address]) => isIPv4(address));
  for (const [address, bits] of own) range.addSubnet(address, Number(bits));
  const habits = habitsOf(operator.dialect.name);
  const at = (ip: string): Subscriber | undefined => {
    if (!isIPv4(ip) || !range.check(ip)) return undefined;
    const [third, fourth] = ip.split('.').slice(2).map(Number) as [number, number];
    const fault = third === MAGIC_OCTET ? faultOfDevice(fourth, habits) : undefined;
    return { phoneNumber: phoneNumberOf(ip), fault };
  };
  const numbered = (phoneNumber: string): Subscriber | undefined => {
    const [, second, host] = /^\+990(\d{3})(\d{5})$/.exec(phoneNumber)?.map(Number) ?? [];
    if (second === undefined || host === undefined) return undefined;
    // The number does not hold the first octet: the ranges do.
    const tails = own.map(([address]) => [address.split('.')[0], second, host >> 8, host & 255].join('.'));
    return tails.map(at).find((found) => found?.phoneNumber === phoneNumber);
  };
  return { at, numbered };
}
