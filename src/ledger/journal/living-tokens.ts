import { SingleUseGuard } from '../single-use-guard.js';
import { JournalDirectory } from './journal-directory.js';
import { readSegment } from './segment-reader.js';

const LINES_AT_ONCE = 500;
/** Longer than any token lives, with all tolerances. */
const LIFETIME_MS = 600_000;

/**
 * Tokens that an earlier process recorded as spent in the journal, and that may still be valid, are spent for this
 * one too, whether Postgres can be asked or not.
 * @returns how many segments are to be replayed
 */
export async function rememberLivingTokens(
  directory: JournalDirectory,
  guard: SingleUseGuard,
  nowMs = Date.now(),
): Promise<number> {
  const segments = await directory.replayable().catch(() => []);
  for (const { path } of segments.filter(({ writtenAtMs }) => writtenAtMs > nowMs - LIFETIME_MS)) {
    const expiries = new Map<string, number>();
    for await (const { lines } of readSegment(path, LINES_AT_ONCE)) {
      for (const line of lines) {
        if (line.phase === 'intent') {
          const { jti, expiresAt } = line.entry.grant;
          expiries.set(line.entry.id, expiresAt);
          if (expiresAt * 1000 > nowMs - LIFETIME_MS / 2) guard.take(jti, expiresAt);
        } else if (line.phase === 'released' && expiries.has(line.entry.id)) {
          guard.free(line.entry.grant.jti, expiries.get(line.entry.id)!);
        }
      }
    }
  }
  return segments.length;
}
