import { connect, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Reply } from '../legal-reply.js';

/** What came back over one connection. */
export interface Heard {
  readonly replies: readonly Reply[];
  /** Bytes behind the last whole reply. */
  readonly rest: string;
  /** Whether the gateway has ended the connection. */
  readonly closed: boolean;
  /** From the first byte sent to the end. */
  readonly ms: number;
}

export interface Manner {
  /** Listens for so long at most. */
  readonly withinMs: number;
  /** Ends as soon as so many whole replies are there; without it, when the connection is closed. */
  readonly replies?: number;
  /** Between the pieces. */
  readonly pauseMs?: number;
}

/** Sends bytes as they are, piece by piece, and listens. A client library would refuse to send most of them. */
export async function speak(
  url: string,
  pieces: readonly (string | Buffer)[],
  manner: Manner,
): Promise<Heard> {
  const { pauseMs = 0, replies = Infinity, withinMs } = manner;
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', noDelay: true });
  const began = performance.now();
  const chunks: Buffer[] = [];
  let closed = false;
  let wake = (): void => {};
  const over = new Promise<void>((resolve) => {
    wake = resolve;
  });
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (replies !== Infinity && readReplies(Buffer.concat(chunks)).replies.length >= replies) wake();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
    wake();
  });
  const timer = setTimeout(wake, withinMs);
  await Promise.race([sendAll(socket, pieces, pauseMs, () => closed).then(() => over), over]);
  const ms = Math.round(performance.now() - began);
  clearTimeout(timer);
  socket.destroy();
  return { ...readReplies(Buffer.concat(chunks)), closed, ms };
}

async function sendAll(
  socket: Socket,
  pieces: readonly (string | Buffer)[],
  pauseMs: number,
  closed: () => boolean,
): Promise<void> {
  for (const piece of pieces) {
    if (closed()) return;
    socket.write(piece);
    if (pauseMs > 0) await sleep(pauseMs);
  }
}

/** Reads whole replies one after the other, by their length or to the end. */
export function readReplies(bytes: Buffer): { replies: Reply[]; rest: string } {
  const replies: Reply[] = [];
  let left = bytes;
  for (;;) {
    const end = left.indexOf('\r\n\r\n');
    const head = /^HTTP\/1\.1 (\d{3})[^\r]*\r\n/.exec(left.toString('latin1', 0, Math.max(0, end) + 2));
    if (end < 0 || !head) return { replies, rest: left.toString('latin1') };
    const headers = headersIn(left.toString('latin1', head[0].length, end));
    const length =
      headers['transfer-encoding'] === 'chunked' ? undefined : Number(headers['content-length'] ?? 0);
    const body = length === undefined ? chunkedBody(left, end + 4) : plainBody(left, end + 4, length);
    if (!body) return { replies, rest: left.toString('latin1') };
    replies.push({ status: Number(head[1]), headers, body: body.text });
    left = left.subarray(body.end);
  }
}

function headersIn(text: string): Record<string, string> {
  const lines = text.split('\r\n').filter((line) => line.includes(':'));
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

interface Body {
  readonly text: string;
  readonly end: number;
}

function plainBody(bytes: Buffer, from: number, length: number): Body | undefined {
  const end = from + length;
  return bytes.length < end ? undefined : { text: bytes.toString('utf8', from, end), end };
}

function chunkedBody(bytes: Buffer, from: number): Body | undefined {
  let text = '';
  for (let at = from; ;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    const end = line + 2 + size;
    if (bytes.length < end + 2) return undefined;
    text += bytes.toString('utf8', line + 2, end);
    at = end + 2;
    if (size === 0) return { text, end: at };
  }
}
