import { createReadStream } from 'node:fs';
import { JournalLine, decodeLine } from './journal-line.js';

const CHUNK_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

export interface LineBatch {
  readonly lines: JournalLine[];
  /** Lines whose checksum does not vouch for them; a last line without its end is one. */
  readonly corrupt: number;
}

/**
 * Reads a segment in pieces small enough not to hold up calls. Every line stands for itself: what comes before and
 * after a damaged one is good.
 * @param size lines per batch at most
 * @throws Error ENOENT when the segment is gone
 */
export async function* readSegment(path: string, size: number): AsyncGenerator<LineBatch, void> {
  let lines: JournalLine[] = [];
  let corrupt = 0;
  let rest: Buffer = Buffer.alloc(0);
  const take = (bytes: Buffer): void => {
    const line = decodeLine(bytes);
    if (line) lines.push(line);
    else corrupt++;
  };
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let from = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
      take(bytes.subarray(from, end));
      from = end + 1;
      if (lines.length < size) continue;
      yield { lines, corrupt };
      lines = [];
      corrupt = 0;
    }
    rest = bytes.subarray(from);
  }
  if (rest.length > 0) take(rest);
  if (lines.length > 0 || corrupt > 0) yield { lines, corrupt };
}
