import { expect } from '@jest/globals';
import { Answer, reasonOf } from './pooled-http.js';

/** RACE_ROUNDS: how often each race is run; one that is lost once in ten is lost. */
export const ROUNDS = Number(process.env['RACE_ROUNDS'] ?? 1);
/** What one round may take. */
export const ROUND_MS = 20_000;

/** Runs a race so many times. */
export async function rounds(run: () => Promise<void>): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) await run();
}

/** What came of a request: `200`, `400 invalid_grant`. */
export function outcomeOf(answer: Answer): string {
  return [answer.status, reasonOf(answer)].join(' ').trim();
}

/** What came of a redirect: its `error`, or `none` for one that goes on. */
export function errorOnRedirect({ location }: Answer): string {
  return new URL(location!).searchParams.get('error') ?? 'none';
}

/**
 * Exactly one request had its way, and the others were told why not. On a machine with too much to do a few may
 * be told to come again.
 */
export function expectOneWinner(outcomes: readonly string[], won: string, refused: readonly string[]): void {
  const counts = count(outcomes);
  expect(counts).toMatchObject({ [won]: 1 });
  const busy = Object.keys(counts).filter((outcome) => /^503 |temporarily_unavailable$/.test(outcome));
  expect([won, ...refused, ...busy]).toEqual(expect.arrayContaining(Object.keys(counts)));
  const told = refused.reduce((sum, outcome) => sum + (counts[outcome] ?? 0), 0);
  expect(told).toBeGreaterThan(outcomes.length / 2);
}

function count(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
