import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { Answer, reasonOf } from './pooled-http.js';

const AT_ONCE = 32;
const SHOWN = 10;

/** SEED in the environment repeats a run; otherwise each run has its own. */
function seedOf(name: string): number {
  const seed = process.env['SEED'] ? Number(process.env['SEED']) : randomInt(2 ** 31);
  process.stdout.write(`${name}: SEED=${seed}\n`);
  return seed;
}

interface Attack<T> {
  readonly name: string;
  readonly count: number;
  readonly mutants: fc.Arbitrary<T>;
  send(mutant: T): Promise<Answer>;
  /** Whether an answer is a refusal, and the right one. */
  refused(answer: Answer, mutant: T): boolean;
  describe(mutant: T): string;
}

/**
 * Sends so many mutants, a few dozen at once.
 * @returns those that were not refused, a few of each; empty is what a test wants
 */
export async function onslaught<T>({
  name,
  count,
  mutants,
  send,
  refused,
  describe,
}: Attack<T>): Promise<string[]> {
  const seed = seedOf(name);
  const all = fc.sample(mutants, { seed, numRuns: count });
  const survivors: string[] = [];
  let next = 0;
  const attacker = async (): Promise<void> => {
    while (next < all.length && survivors.length < SHOWN) {
      const mutant = all[next++]!;
      const answer = await send(mutant);
      if (refused(answer, mutant)) continue;
      const outcome = [answer.status, reasonOf(answer), answer.location].filter(Boolean).join(' ');
      survivors.push(`SEED=${seed} ${describe(mutant)} → ${outcome}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, attacker));
  return survivors;
}
