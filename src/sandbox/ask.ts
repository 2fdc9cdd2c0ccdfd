import { Operator } from '../operators/operator.js';
import { Habits } from './habits.js';
import { sha256 } from './magic.js';

/** What a verify call asks about: exactly one of the two. */
export interface Ask {
  readonly phoneNumber?: string;
  readonly hashedPhoneNumber?: string;
}

/**
 * Reads a verify body as strictly as the dialect's version does.
 * @returns undefined: 400 INVALID_ARGUMENT
 */
export function readAsk(body: Buffer | undefined, habits: Habits, operator: Operator): Ask | undefined {
  const value = parse(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { phoneNumber, hashedPhoneNumber, ...extra } = value as Record<string, unknown>;
  if (Object.keys(extra).length > 0 && !habits.extraProperties) return undefined;
  if ((phoneNumber === undefined) === (hashedPhoneNumber === undefined)) return undefined;
  const { verifyPlain, verifyHashed, stripPlus } = operator.capabilities;
  if (typeof phoneNumber === 'string') {
    const legal = stripPlus ? /^[0-9]{5,15}$/ : habits.phoneNumber;
    return verifyPlain && legal.test(phoneNumber) ? { phoneNumber } : undefined;
  }
  if (typeof hashedPhoneNumber !== 'string' || !verifyHashed) return undefined;
  return habits.hash && !habits.hash.test(hashedPhoneNumber) ? undefined : { hashedPhoneNumber };
}

/**
 * Compares as the dialect's systems do: a plain number with or without '+'; a hash made of '+…', before 0.4
 * (April 2024) also of the digits alone; lower case only where the version does not speak of upper case.
 * @param own the device's number, E.164 with '+'
 */
export function matches(ask: Ask, own: string, habits: Habits, operator: Operator): boolean {
  const digits = own.slice(1);
  if (ask.phoneNumber !== undefined) return ask.phoneNumber.replace(/^\+/, '') === digits;
  const asked = habits.hash ? ask.hashedPhoneNumber!.toLowerCase() : ask.hashedPhoneNumber!;
  if (operator.capabilities.hashOf === 'plain-digits') return asked === sha256(digits);
  return asked === sha256(own) || (habits.hashWithoutPlus && asked === sha256(digits));
}

function parse(body: Buffer | undefined): unknown {
  try {
    return JSON.parse(body?.toString('utf8') ?? '');
  } catch {
    return undefined;
  }
}
