import { createServer, Server, Socket } from 'node:net';
import { createSecureContext, SecureContext, TLSSocket } from 'node:tls';
import { ConnectionFault } from './fault-plan.js';

/** PEM. */
interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** The certificates an operator can show: the right one, one nobody vouches for, one for another host. */
export interface Certificates {
  readonly right: Certificate;
  readonly unknown: Certificate;
  readonly otherHost: Certificate;
}

/** TLS over bare TCP on a fixed port: below it every byte and every connection can be spoiled. */
export class Listener {
  private server: Server | undefined;
  private readonly open = new Set<Socket>();
  private fault: ConnectionFault | undefined;
  private readonly contexts: Readonly<Record<'right' | 'unknown' | 'otherHost' | 'old', SecureContext>>;
  port = 0;
  connections = 0;

  /** @param converse gets each connection that has come through TLS, and the TCP connection below it */
  constructor(
    certificates: Certificates,
    private readonly converse: (stream: TLSSocket, tcp: Socket) => void,
  ) {
    const { right, unknown, otherHost } = certificates;
    this.contexts = {
      right: createSecureContext(right),
      unknown: createSecureContext(unknown),
      otherHost: createSecureContext(otherHost),
      // OpenSSL takes TLS 1.1 at security level 0 only.
      old: createSecureContext({
        ...right,
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1.1',
        ciphers: 'ALL:@SECLEVEL=0',
      }),
    };
  }

  get openConnections(): number {
    return this.open.size;
  }

  async listen(): Promise<void> {
    if (this.server) return;
    const server = createServer({ noDelay: true }, (tcp) => this.accept(tcp));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', () => resolve());
    });
    this.server = server;
    this.port = (server.address() as { port: number }).port;
  }

  /** A change ends the connections that stand: the fault, and its end, are met by all. */
  async become(fault: ConnectionFault | undefined): Promise<void> {
    if (fault === this.fault) return;
    this.fault = fault;
    if (fault === 'refused') await this.close();
    else await this.listen();
    for (const tcp of this.open) tcp.destroy();
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    const closed = server && new Promise((resolve) => server.close(resolve));
    for (const tcp of this.open) tcp.destroy();
    await closed;
  }

  private accept(tcp: Socket): void {
    this.connections++;
    this.open.add(tcp);
    tcp.on('error', () => tcp.destroy());
    tcp.once('close', () => this.open.delete(tcp));
    if (this.fault === 'blackhole') return;
    const stream = new TLSSocket(tcp, { isServer: true, secureContext: this.context() });
    stream.on('error', () => tcp.destroy());
    stream.once('close', () => tcp.destroy());
    this.converse(stream, tcp);
  }

  private context(): SecureContext {
    if (this.fault === 'tls_unknown') return this.contexts.unknown;
    if (this.fault === 'tls_other_host') return this.contexts.otherHost;
    if (this.fault === 'tls_1_1') return this.contexts.old;
    return this.contexts.right;
  }
}
