import { AddressInfo, Server, Socket, connect, createServer } from 'node:net';

/** `cut`: connections end and new ones are refused. `frozen`: nothing moves. `mute`: answers do not arrive. */
export type Link = 'whole' | 'cut' | 'frozen' | 'mute';

/** Stands between a client and its server, and fails in ways a network or a server fails. */
export class TcpProxy {
  private readonly pairs = new Set<readonly [client: Socket, server: Socket]>();
  private link: Link = 'whole';
  /** Milliseconds that each piece of an answer takes longer. */
  delayMs = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: { host: string; port: number },
  ) {}

  /** @param url of the server; {@link url} is the same by way of the proxy */
  static async to(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    const server = createServer();
    const proxy = new TcpProxy(server, { host: hostname, port: Number(port) });
    server.on('connection', (client) => proxy.join(client));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return proxy;
  }

  url(url: string): string {
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String((this.server.address() as AddressInfo).port);
    return through.href;
  }

  set(link: Link): void {
    this.link = link;
    for (const [client, server] of this.pairs) {
      if (link === 'cut') client.resetAndDestroy();
      else
        for (const socket of [client, server])
          if (link === 'frozen') socket.pause();
          else socket.resume();
    }
  }

  async close(): Promise<void> {
    for (const [client, server] of this.pairs) {
      client.destroy();
      server.destroy();
    }
    await new Promise<void>((done) => this.server.close(() => done()));
  }

  private join(client: Socket): void {
    if (this.link === 'cut') return void client.resetAndDestroy();
    const server = connect(this.target);
    const pair = [client, server] as const;
    this.pairs.add(pair);
    client.on('data', (data) => server.write(data));
    server.on('data', (data) => {
      if (this.link === 'mute') return;
      if (this.delayMs > 0) setTimeout(() => client.writable && client.write(data), this.delayMs);
      else client.write(data);
    });
    for (const [one, other] of [pair, [server, client]] as const) {
      one.on('error', () => {});
      one.on('close', () => {
        this.pairs.delete(pair);
        other.destroy();
      });
    }
    if (this.link === 'frozen') for (const socket of pair) socket.pause();
  }
}
