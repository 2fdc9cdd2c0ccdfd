import { createServer, Server, Socket } from 'node:net';
import { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { readReplies, speak } from './wire.js';

let server: Server | undefined;

afterEach(() => {
  server?.close();
});

async function serverThat(does: (socket: Socket) => void): Promise<string> {
  server = createServer(does);
  await new Promise<void>((resolve) => {
    server!.listen(0, '127.0.0.1', () => resolve());
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('replies', () => {
  it('are told apart by their length, however they are framed', () => {
    const { replies, rest } = readReplies(
      Buffer.from(
        'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nokHTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n' +
          '3\r\nabc\r\n1\r\nd\r\n0\r\n\r\nHTTP/1.1 204 No Content\r\n\r\nHTT',
      ),
    );
    expect(replies.map(({ body, status }) => [status, body])).toEqual([
      [200, 'ok'],
      [404, 'abcd'],
      [204, ''],
    ]);
    expect(replies[0]!.headers['x-a']).toBe('b');
    expect(rest).toBe('HTT');
  });

  it('that are not whole are none', () => {
    expect(readReplies(Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab')).replies).toEqual([]);
  });
});

describe('speaking', () => {
  it('sends the pieces as they are and hears what comes until the end', async () => {
    let heard = '';
    const url = await serverThat((socket) => {
      socket.on('data', (data) => {
        heard += String(data);
        if (heard.endsWith('!')) socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n');
      });
    });
    const { closed, replies } = await speak(url, ['GET\0', ' /\n', '!'], { withinMs: 5_000, pauseMs: 5 });
    expect([heard, closed, replies[0]?.status]).toEqual(['GET\0 /\n!', true, 400]);
  });

  it('ends in time when nobody answers', async () => {
    const url = await serverThat((socket) => socket.on('error', () => {}));
    expect(await speak(url, ['x'], { withinMs: 50 })).toMatchObject({ closed: false, replies: [] });
  });
});
