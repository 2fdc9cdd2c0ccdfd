import { once } from 'node:events';
import { AddressInfo, connect, createServer, Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TcpFault } from './tcpfault.js';

let server: Server;
let wire: TcpFault;
const clients: Socket[] = [];

beforeEach(async () => {
  // Says back what it hears.
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  wire = await TcpFault.start({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await wire.close();
  server.close();
});

async function dial(): Promise<Socket> {
  const client = connect(wire.port, '127.0.0.1');
  client.on('error', () => {});
  clients.push(client);
  await once(client, 'connect');
  return client;
}

/** What comes back for `text` before so many bytes, the end or the time is reached. */
async function echo(client: Socket, text: string, withinMs = 2_000): Promise<string> {
  let heard = '';
  const timer = setTimeout(() => client.emit('heard'), withinMs);
  client.on('data', (chunk) => {
    heard += chunk.toString();
    if (heard.length >= text.length) client.emit('heard');
  });
  client.once('close', () => client.emit('heard'));
  client.write(text);
  await once(client, 'heard');
  clearTimeout(timer);
  client.removeAllListeners('data');
  return heard;
}

describe('the wire', () => {
  it('passes everything as it is when nothing is set, and again after it was healed', async () => {
    const text = 'x'.repeat(200_000);
    expect(await echo(await dial(), text)).toBe(text);
    await wire.set({ down: true });
    await wire.heal();
    expect(await echo(await dial(), text)).toBe(text);
  });

  it('swallows what those say and hear who introduced themselves by a name, and of nobody else', async () => {
    const [deaf, other] = [await dial(), await dial()];
    expect(await echo(deaf, 'I am a listener')).toBe('I am a listener');
    expect(await echo(other, 'I am a caller')).toBe('I am a caller');
    await wire.set({ blackholeOf: 'listener' });
    expect(await echo(deaf, 'anything', 100)).toBe('');
    expect(await echo(other, 'anything')).toBe('anything');
    const ended = new Promise((resolve) => deaf.once('close', resolve));
    await wire.heal();
    await ended;
    expect(other.destroyed).toBe(false);
  });

  it('adds latency in both directions, on connections that stand', async () => {
    const client = await dial();
    await wire.set({ latencyMs: 100 });
    const began = performance.now();
    expect(await echo(client, 'slow')).toBe('slow');
    expect(performance.now() - began).toBeGreaterThanOrEqual(195);
  });

  it('is narrow', async () => {
    await wire.set({ bandwidth: 10_000 });
    const began = performance.now();
    expect(await echo(await dial(), 'x'.repeat(1_000))).toHaveLength(1_000);
    expect(performance.now() - began).toBeGreaterThanOrEqual(195);
  });

  it('cuts into slices and loses nothing', async () => {
    await wire.set({ slicer: 3 });
    expect(await echo(await dial(), 'abcdefghij')).toBe('abcdefghij');
  });

  it('is down: connections end, new ones are refused', async () => {
    const client = await dial();
    const closed = once(client, 'close');
    await wire.set({ down: true });
    await closed;
    await expect(dial()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('swallows everything and tells nobody', async () => {
    const client = await dial();
    await wire.set({ blackhole: true });
    expect(await echo(client, 'lost', 200)).toBe('');
    expect(client.destroyed).toBe(false);
    expect(await echo(await dial(), 'lost', 200)).toBe('');
  });

  it('resets its connections', async () => {
    const client = await dial();
    await echo(client, 'one');
    const error = once(client, 'error');
    await wire.set({ resetPeerMs: 0 });
    expect(await error).toMatchObject([{ code: 'ECONNRESET' }]);
  });

  it('closes after so many bytes', async () => {
    await wire.set({ limitData: 5 });
    const client = await dial();
    expect(await echo(client, 'abc')).toBe('abc');
    expect(await echo(client, 'def')).toBe('');
  });
});
