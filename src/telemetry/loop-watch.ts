const LOOK_EVERY_MS = 50;

/**
 * Looks at the event loop, time and again; keeps no process alive.
 * @param told how many milliseconds later than planned it got to a look
 * @param clock monotonic milliseconds
 * @returns clear it, and there are no further looks
 */
export function watchLoop(
  told: (lateMs: number) => void,
  clock: () => number = () => performance.now(),
): NodeJS.Timeout {
  let lookedAtMs = clock();
  return setInterval(() => {
    const now = clock();
    told(now - lookedAtMs - LOOK_EVERY_MS);
    lookedAtMs = now;
  }, LOOK_EVERY_MS).unref();
}
