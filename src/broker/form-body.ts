import { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** The body of a request as text; empty when it had none of type application/x-www-form-urlencoded. */
export function bodyOf(request: IncomingMessage): string {
  return (request as IncomingMessage & { body?: string }).body ?? '';
}

/** Gives the library a body to read, which it does by itself: it would warn of one that is already parsed. */
export function rewind(request: IncomingMessage, body: Buffer): void {
  Object.assign(request, { body: body.toString() });
  if (request.headers['content-length'] !== undefined) {
    request.headers['content-length'] = String(body.length);
  }
  Object.defineProperties(request, {
    readable: { value: true, configurable: true },
    iterator: { value: () => Readable.from([body]), configurable: true },
  });
}
