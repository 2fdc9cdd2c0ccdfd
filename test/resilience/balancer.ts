import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { Pool } from 'undici';

/** A gateway as the balancer knows it. */
export interface Backend {
  readonly name: string;
  readonly url: string;
  isReady(): Promise<boolean>;
}

/** Which backend answered, for the ledger of the load; `none`: the balancer itself had to answer. */
const POD_HEADER = 'x-balancer-pod';

const CHECK_EVERY_MS = 200;
const NOT_SENT = new Set(['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT']);
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding']);

interface Member extends Backend {
  readonly pool: Pool;
  ready: boolean;
  /** Looks in a row at which it was not ready, or said nothing in time. */
  misses: number;
  asked: boolean;
}

/** Of looks: one that says nothing may be a machine that is busy. */
const OUT_AFTER = 2;

/** Round robin over the backends that say they are ready. A request is tried elsewhere only if it was never sent. */
export class Balancer {
  private turn = 0;
  private readonly server = createServer((request, response) => {
    this.pass(request, response).catch(() => response.destroy());
  });
  private timer: NodeJS.Timeout | undefined;

  private constructor(private readonly members: readonly Member[]) {}

  static async start(backends: readonly Backend[], port: number): Promise<Balancer> {
    const members = backends.map((backend) => ({
      name: backend.name,
      url: backend.url,
      isReady: () => backend.isReady(),
      // undici leaves a connection whose answer said `Connection: close`.
      pool: new Pool(backend.url, { connections: 512, pipelining: 1, headersTimeout: 30_000 }),
      ready: false,
      misses: 0,
      asked: false,
    }));
    const balancer = new Balancer(members);
    balancer.server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve, reject) => {
      balancer.server.once('error', reject).listen(port, '127.0.0.1', () => resolve());
    });
    await balancer.check();
    balancer.timer = setInterval(() => void balancer.check(), CHECK_EVERY_MS);
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Names of those that get traffic. */
  get ready(): string[] {
    return this.members.filter(({ ready }) => ready).map(({ name }) => name);
  }

  async check(): Promise<void> {
    await Promise.all(
      this.members.map(async (member) => {
        if (member.asked) return;
        member.asked = true;
        const ready = await member.isReady();
        member.asked = false;
        member.misses = ready ? 0 : member.misses + 1;
        member.ready = ready || (member.ready && member.misses < OUT_AFTER);
      }),
    );
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.server.close();
    this.server.closeAllConnections();
    await Promise.all(this.members.map(({ pool }) => pool.destroy()));
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray());
    const ready = this.members.filter((member) => member.ready);
    const first = this.turn++;
    let why = 'no backend is ready';
    for (let tries = 0; tries < ready.length; tries++) {
      const member = ready[(first + tries) % ready.length]!;
      try {
        const answer = await member.pool.request({
          method: request.method as 'GET' | 'POST',
          path: request.url!,
          headers: withoutHops(request.headers),
          body: body.length > 0 ? body : null,
        });
        const whole = Buffer.from(await answer.body.arrayBuffer());
        response.writeHead(answer.statusCode, { ...withoutHops(answer.headers), [POD_HEADER]: member.name });
        response.end(whole);
        return;
      } catch (error) {
        why = (error as NodeJS.ErrnoException).code ?? String(error);
        if (!NOT_SENT.has(why)) break;
        member.ready = false;
      }
    }
    response.writeHead(502, { [POD_HEADER]: 'none', 'x-balancer-error': why }).end();
  }
}

function withoutHops<T>(headers: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}
