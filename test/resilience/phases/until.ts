import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for a condition instead of a time.
 * @returns whether it came true within `withinMs`
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  withinMs: number,
  everyMs = 20,
): Promise<boolean> {
  for (const end = performance.now() + withinMs; !(await holds()); await sleep(everyMs)) {
    if (performance.now() > end) return false;
  }
  return true;
}
