import { createHash } from 'node:crypto';
import { definesError } from './error-bodies.js';
import { ApiFault, Fault, SignInFault } from './fault.js';
import { FAULTS } from './faults.js';
import { Habits } from './habits.js';

const BY_CODE = new Map(FAULTS.map((fault) => [fault.code, fault]));

/** Which operators can show a row: some versions do not have the error, some give no id_token or `iss`. */
export function showsFault(habits: Habits, { act }: Fault): boolean {
  if (act.at === 'id_token') return habits.idToken;
  if (act.at === 'redirect') return habits.issOnRedirect;
  return !(act.at === 'api' && 'error' in act) || definesError(habits.era, act.error);
}

/** @param code fourth octet of a device whose third is 255 */
export function faultOfDevice(code: number, habits: Habits): Fault | undefined {
  const found = BY_CODE.get(code);
  return found && showsFault(habits, found) ? found : undefined;
}

export const isApiFault = (fault: Fault | undefined): fault is ApiFault => fault?.act.at === 'api';
export const isSignInFault = (fault: Fault | undefined): fault is SignInFault =>
  fault !== undefined && fault.act.at !== 'api';
/** Met in CIBA only. */
export const isBackchannelFault = ({ act }: Fault): boolean => act.at === 'bc-authorize' || act.at === 'poll';

const MAGIC = /^\+?990999\d\d(\d\d)$/;
let hashes: ReadonlyMap<string, number> | undefined;

/** A hash shows no digits: the finite list of magic numbers, hashed with and without '+'. */
function magicHashes(): ReadonlyMap<string, number> {
  const codes = FAULTS.filter(isApiFault).map((fault) => fault.code);
  const series = Array.from({ length: 100 }, (_, index) => String(index).padStart(2, '0'));
  const all = codes.flatMap((code) => series.map((xx) => ({ code, digits: `990999${xx}${code}` })));
  return new Map(
    all.flatMap(({ code, digits }) => [
      [sha256(`+${digits}`), code] as const,
      [sha256(digits), code] as const,
    ]),
  );
}

/** @returns SHA-256 as 64 lower-case hex digits */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** @param asked a plain number or a hash: `+990999xxNN` shows API row NN, whatever the device */
export function faultOfNumber(asked: string, habits: Habits): ApiFault | undefined {
  const digits = MAGIC.exec(asked)?.[1];
  hashes ??= magicHashes();
  const found = BY_CODE.get(digits ? Number(digits) : (hashes.get(asked.toLowerCase()) ?? -1));
  return isApiFault(found) && showsFault(habits, found) ? found : undefined;
}
