import { once } from 'node:events';
import { AddressInfo, connect, createServer, Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What can go wrong on the wire; all of it can be switched while connections stand. */
export interface Toxics {
  /** Adds to each chunk's way, both directions. */
  readonly latencyMs?: number;
  /** Bytes per second, each direction on its own. */
  readonly bandwidth?: number;
  /** New connections are refused and those that stand are closed. */
  readonly down?: boolean;
  /** Nothing passes any more in either direction, and nobody is told. New connections are accepted, and hang. */
  readonly blackhole?: boolean;
  /** The same for those connections alone whose first bytes hold this text, such as the name of a Postgres client. */
  readonly blackholeOf?: string;
  /** Connections are reset so many milliseconds after the toxic was set, or after they were made. */
  readonly resetPeerMs?: number;
  /** Chunks are cut into pieces of so many bytes, sent in turns of their own. */
  readonly slicer?: number;
  /** A connection is closed once so many bytes went from the server to the client. */
  readonly limitData?: number;
}

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** One connection through the wire. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  readonly timers: Set<NodeJS.Timeout>;
  /** How the client introduced itself. */
  greeting: string;
}

/** A Postgres client says who it is in the first of them. */
const GREETING_BYTES = 512;

/** A TCP proxy that breaks as told; no HTTP, no Postgres, only bytes. */
export class TcpFault {
  private toxics: Toxics = {};
  private readonly pairs = new Set<Pair>();
  private listener: Server | undefined;
  /** Connections taken so far. */
  accepted = 0;

  private constructor(
    public target: Target,
    public readonly port: number,
  ) {}

  static async start(target: Target): Promise<TcpFault> {
    const probe = createServer();
    await listen(probe, 0);
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const wire = new TcpFault(target, port);
    await wire.open();
    return wire;
  }

  get connections(): number {
    return this.pairs.size;
  }

  /** Replaces all toxics; `{}` heals. Resolves when the wire is as wanted. */
  async set(toxics: Toxics): Promise<void> {
    const before = this.toxics;
    this.toxics = toxics;
    if (toxics.down) return this.shut();
    if (before.down) await this.open();
    for (const pair of this.pairs) {
      if (toxics.resetPeerMs !== undefined) this.resetLater(pair, toxics.resetPeerMs);
      // What was swallowed is lost, and the two sides with it: as after a partition that outlived TCP's patience.
      if (swallows(before, pair) && !swallows(toxics, pair)) this.end(pair, true);
    }
  }

  heal(): Promise<void> {
    return this.set({});
  }

  async close(): Promise<void> {
    await this.shut();
  }

  private async open(): Promise<void> {
    if (this.listener) return;
    this.listener = createServer({ noDelay: true, allowHalfOpen: true }, (client) => this.join(client));
    await listen(this.listener, this.port);
  }

  private async shut(): Promise<void> {
    const { listener } = this;
    this.listener = undefined;
    const closed = listener && new Promise((resolve) => listener.close(resolve));
    for (const pair of this.pairs) this.end(pair, false);
    await closed;
  }

  private join(client: Socket): void {
    this.accepted++;
    const server = connect({ ...this.target, noDelay: true, allowHalfOpen: true });
    const pair: Pair = { client, server, timers: new Set(), greeting: '' };
    this.pairs.add(pair);
    this.carry(pair, client, server);
    this.carry(pair, server, client);
    if (this.toxics.resetPeerMs !== undefined) this.resetLater(pair, this.toxics.resetPeerMs);
  }

  /** Chunk after chunk, each with what was set when it came; the source waits meanwhile. */
  private carry(pair: Pair, from: Socket, to: Socket): void {
    let passed = 0;
    const pass = async (chunk: Buffer): Promise<void> => {
      const { bandwidth, latencyMs = 0, limitData, slicer } = this.toxics;
      if (from === pair.client && passed < GREETING_BYTES) pair.greeting += chunk.toString('latin1');
      passed += chunk.length;
      if (swallows(this.toxics, pair)) return;
      if (from === pair.server && limitData !== undefined && passed > limitData) return this.end(pair, false);
      const waitMs = latencyMs + (bandwidth ? (chunk.length / bandwidth) * 1000 : 0);
      if (waitMs > 0) await sleep(waitMs, undefined, { ref: false });
      for (const piece of slicer ? slices(chunk, slicer) : [chunk]) {
        if (to.writable && !to.write(piece)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
        if (slicer) await sleep(1, undefined, { ref: false });
      }
    };
    from.on('data', (chunk) => {
      from.pause();
      pass(chunk).then(
        () => from.resume(),
        () => this.end(pair, true),
      );
    });
    from.on('error', () => this.end(pair, true));
    // An orderly end still lets what is on its way arrive, and is only one side's.
    from.on('end', () => {
      if (!swallows(this.toxics, pair)) to.end();
    });
    from.on('close', () => this.end(pair, false));
  }

  private resetLater(pair: Pair, ms: number): void {
    const timer = setTimeout(() => this.end(pair, true), ms);
    pair.timers.add(timer);
  }

  private end(pair: Pair, reset: boolean): void {
    if (!this.pairs.delete(pair)) return;
    for (const timer of pair.timers) clearTimeout(timer);
    for (const socket of [pair.client, pair.server]) {
      if (reset && !socket.destroyed) socket.resetAndDestroy();
      else socket.destroy();
    }
  }
}

function swallows({ blackhole, blackholeOf }: Toxics, { greeting }: Pair): boolean {
  return blackhole === true || (blackholeOf !== undefined && greeting.includes(blackholeOf));
}

function slices(chunk: Buffer, bytes: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < chunk.length; at += bytes) pieces.push(chunk.subarray(at, at + bytes));
  return pieces;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}
