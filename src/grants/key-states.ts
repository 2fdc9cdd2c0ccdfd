import { SPREAD_MS, lifetimeOf } from './key-lifetimes.js';

/** When a key lives; nothing of the key itself. */
export interface KeyDates {
  readonly kid: string;
  readonly use: string;
  readonly activeFromMs: number;
  readonly retiredAtMs: number | undefined;
}

/** `next` is published and opens, `current` seals, `previous` only opens, `ended` does nothing any more. */
export type KeyState = 'next' | 'current' | 'previous' | 'ended';

/** The newest first; of two equally new ones every process must prefer the same. */
export function byNewest(a: KeyDates, b: KeyDates): number {
  return b.activeFromMs - a.activeFromMs || (a.kid < b.kid ? -1 : a.kid > b.kid ? 1 : 0);
}

export function lives({ retiredAtMs }: Pick<KeyDates, 'retiredAtMs'>, nowMs: number): boolean {
  return retiredAtMs === undefined || retiredAtMs > nowMs;
}

/** @param keys all keys of all uses */
export function stateOf(key: KeyDates, keys: readonly KeyDates[], nowMs: number): KeyState {
  if (!lives(key, nowMs)) return 'ended';
  if (key.activeFromMs > nowMs) return 'next';
  const newest = keys
    .filter((other) => other.use === key.use && lives(other, nowMs) && other.activeFromMs <= nowMs)
    .toSorted(byNewest)[0];
  return newest?.kid === key.kid ? 'current' : 'previous';
}

/** @returns the uses whose newest key reaches its age within the time by which a successor must be published */
export function usesDue(keys: readonly KeyDates[], nowMs: number): string[] {
  const uses = new Set(keys.map(({ use }) => use));
  return [...uses].filter((use) => {
    const lifetime = lifetimeOf(use);
    const newest = keys.filter((key) => key.use === use && lives(key, nowMs)).toSorted(byNewest)[0];
    if (!lifetime || !newest) return false;
    return newest.activeFromMs + lifetime.maxAgeMs - lifetime.publishAheadMs <= nowMs;
  });
}

/**
 * @returns the keys that nothing needs: ended ones, and those whose successor has sealed for longer than
 *   anything sealed before it may live; a process may have learnt late of the successor
 */
export function keysOutlived(keys: readonly KeyDates[], nowMs: number): string[] {
  return keys
    .filter((key) => {
      const lifetime = lifetimeOf(key.use);
      if (!lifetime) return false;
      if (!lives(key, nowMs)) return true;
      const successor = keys
        .filter((other) => other.use === key.use && lives(other, nowMs) && byNewest(other, key) < 0)
        .toSorted(byNewest)
        .at(-1);
      return successor !== undefined && successor.activeFromMs + lifetime.outlivedByMs + SPREAD_MS <= nowMs;
    })
    .map(({ kid }) => kid);
}
