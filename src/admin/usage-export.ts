import { Readable, finished } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { FastifyReply } from 'fastify';
import { USAGE_COLUMNS } from '../ledger/usage-record.js';

/** Rows as text, batch by batch; `first` for what stands on top. */
export interface ExportFormat {
  readonly mediaType: string;
  readonly extension: string;
  write(rows: readonly object[], first: boolean): string;
}

export const NDJSON: ExportFormat = {
  mediaType: 'application/x-ndjson',
  extension: 'ndjson',
  write: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
};

/** RFC 4180. What a spreadsheet would take for a formula, such as a tenant's name, is made text by an apostrophe. */
export const USAGE_CSV: ExportFormat = {
  mediaType: 'text/csv; charset=utf-8; header=present',
  extension: 'csv',
  write: (rows, first) =>
    stringify([...rows], {
      columns: USAGE_COLUMNS,
      header: first,
      record_delimiter: 'windows',
      escape_formulas: true,
      cast: { boolean: String },
    }),
};

/**
 * Answers with the batches as they come, no faster than the client reads; its disconnect ends them. The first batch is
 * read before anything is sent: until then a refusal is still an answer. Resolves when the last byte or the client is
 * gone.
 * @param name of the file, without extension
 */
export async function sendExport(
  reply: FastifyReply,
  format: ExportFormat,
  name: string,
  batches: AsyncGenerator<readonly object[], void>,
): Promise<void> {
  const first = await batches.next();
  const body = Readable.from(texts(format, first, batches), { objectMode: true, highWaterMark: 1 });
  void reply
    .code(200)
    .header('content-type', format.mediaType)
    .header('content-disposition', `attachment; filename="${name}.${format.extension}"`)
    .send(body);
  // An answer that ends too early is the client's doing, or was logged where it broke.
  await new Promise<void>((resolve) => finished(reply.raw, () => resolve()));
}

/** By hand: a generator that was never asked for anything would not pass the end of the stream on to `rest`. */
function texts(
  format: ExportFormat,
  first: IteratorResult<readonly object[], void>,
  rest: AsyncGenerator<readonly object[], void>,
): AsyncIterableIterator<string> {
  let taken = false;
  return {
    async next() {
      const isFirst = !taken;
      taken = true;
      const { done, value } = isFirst ? first : await rest.next();
      // Without a row there is still a header.
      if (!done || isFirst) return { done: false, value: format.write(value ?? [], isFirst) };
      return { done: true, value: undefined };
    },
    async return() {
      await rest.return();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
