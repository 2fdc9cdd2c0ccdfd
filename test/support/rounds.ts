import { Answer, reasonOf } from './pooled-http.js';

/** RACE_ROUNDS: how often each race is run; one that is lost once in ten is lost. */
export const ROUNDS = Number(process.env['RACE_ROUNDS'] ?? 1);
/** What one round may take. */
export const ROUND_MS = 20_000;

/** Runs a race so many times. */
export async function rounds(run: () => Promise<void>): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) await run();
}

/** How often each outcome came: `200`, `400 invalid_grant`. */
export function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) {
    const outcome = [answer.status, reasonOf(answer)].join(' ').trim();
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}
