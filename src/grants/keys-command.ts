import { ConfigError } from '../config/config.js';
import { lifetimeOf } from './key-lifetimes.js';
import { KeyListing, KeyUpkeep, PublishedKey } from './key-upkeep.js';

export type KeysCommand =
  | { readonly name: 'list' | 'retire' | 'rewrap' }
  | { readonly name: 'rotate'; readonly use: string; readonly atOnce: boolean };

/** The command line asks for something that does not exist; the message says what does. */
export class KeysUsageError extends Error {}

const USAGE = `npm run keys -- list                      every key of the database: what for, which, in which state
npm run keys -- rotate <use|all>          publish a new key now; it is in use 10 minutes later
npm run keys -- rotate <use|all> --now    for a stolen key: the new one at once, the older ones end at once
npm run keys -- retire                    remove for ever the keys that nothing needs any more
npm run keys -- rewrap                    encrypt all keys under KEY_ENCRYPTION_KEY again
A use: access-token, at-rest, vault, oidc, operator:<id>. Older keys of the vault open for ever.`;

const SEALED_UNDER = { current: 'KEY_ENCRYPTION_KEY', previous: 'KEY_ENCRYPTION_KEY_PREVIOUS' };

/** @throws KeysUsageError */
export function readKeysCommand(args: readonly string[]): KeysCommand {
  const [name, use, ...flags] = args;
  if ((name === 'list' || name === 'retire' || name === 'rewrap') && args.length === 1) return { name };
  const atOnce = flags.length === 1 && flags[0] === '--now';
  if (name === 'rotate' && use && (atOnce || flags.length === 0)) return { name, use, atOnce };
  throw new KeysUsageError(USAGE);
}

/**
 * Does it. What it says holds ids, uses and times, never a key.
 * @throws KeysUsageError for a use that has no key | RotationRefused for one that is never rotated |
 *   ConfigError when the key-encryption keys of the environment do not open all keys
 */
export async function runKeysCommand(command: KeysCommand, upkeep: KeyUpkeep): Promise<string> {
  if (command.name === 'rotate') return rotate(upkeep, command.use, command.atOnce);
  if (command.name === 'list') return listed(await upkeep.list());
  return command.name === 'retire' ? retire(upkeep) : rewrap(upkeep);
}

async function retire(upkeep: KeyUpkeep): Promise<string> {
  const removed = await upkeep.retire();
  const lines = removed.map(({ use, kid }) => `${use}: ${kid} is removed`);
  return [...lines, `Removed: ${removed.length}.`].join('\n');
}

async function rewrap(upkeep: KeyUpkeep): Promise<string> {
  const { rewrapped, unreadable } = await upkeep.rewrap();
  if (unreadable > 0) {
    throw new ConfigError(
      `KEY_ENCRYPTION_KEY: ${unreadable} keys open neither with it nor with KEY_ENCRYPTION_KEY_PREVIOUS ` +
        `and are left as they are; ${rewrapped} are encrypted again.`,
    );
  }
  return `Encrypted again: ${rewrapped}. KEY_ENCRYPTION_KEY alone opens all keys.`;
}

async function rotate(upkeep: KeyUpkeep, asked: string, atOnce: boolean): Promise<string> {
  const known = [...new Set((await upkeep.list()).map(({ use }) => use))];
  const uses = asked === 'all' ? known.filter(lifetimeOf) : [asked];
  for (const use of uses) {
    if (!known.includes(use))
      throw new KeysUsageError(`${use}: has no key. These have: ${known.join(', ')}.`);
  }
  const published: PublishedKey[] = [];
  for (const use of uses) published.push(await upkeep.rotate(use, { atOnce }));
  return published
    .map(({ use, kid, activeFrom }) => `${use}: ${kid} is published, in use from ${activeFrom.toISOString()}`)
    .join('\n');
}

function listed(keys: readonly KeyListing[]): string {
  const rows = keys.map((key) => [
    key.use,
    key.kid,
    key.state,
    new Date(key.activeFromMs).toISOString(),
    key.sealedUnder ? SEALED_UNDER[key.sealedUnder] : 'another key: cannot be opened',
  ]);
  return columns([['USE', 'KEY', 'STATE', 'IN USE FROM', 'ENCRYPTED UNDER'], ...rows]);
}

function columns(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
