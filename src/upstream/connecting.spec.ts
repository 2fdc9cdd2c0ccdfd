import { once } from 'node:events';
import { AddressInfo, createServer, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jsonAnswer, operatorAt, RawOperator, startRawOperator } from '../../test/support/raw-operator.js';
import { selfSignedCertificate } from '../../test/support/self-signed-certificate.js';
import { Problem } from '../contract/problem.js';
import { Operator } from '../operators/operator.js';
import { Metrics } from '../telemetry/metrics.js';
import { Upstream } from './upstream.js';

let metrics: Metrics;
let upstream: Upstream;
let raw: RawOperator | undefined;
let server: Server | undefined;

beforeEach(() => {
  metrics = new Metrics();
  upstream = new Upstream(metrics);
});

afterEach(async () => {
  await upstream.close();
  await raw?.close();
  server?.close();
  raw = server = undefined;
});

async function share(operator: Operator): Promise<Problem | string> {
  using permit = upstream.admit(operator, 'api');
  return permit
    .send({ method: 'GET', path: '/number-verification/v2/x', headers: {} }, 'token', (answer) => answer.body)
    .catch((error: unknown) => {
      if (error instanceof Problem) return error;
      throw error;
    });
}

async function unusedPort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function counted(line: string): Promise<void> {
  const page = await metrics.render();
  expect(page.split('\n').filter((each) => each.startsWith('nvgw_upstream_'))).toContain(line);
}

describe('a connection that cannot be made', () => {
  it('U01 is tried once more, and nothing was sent when it is refused', async () => {
    const started = performance.now();
    const problem = await share(operatorAt(`http://127.0.0.1:${await unusedPort()}`));
    expect(problem).toMatchObject({ problem: 'operatorUnreachable', neverSent: true, detail: 'refused' });
    expect(performance.now() - started).toBeLessThan(1_000);
    await counted('nvgw_upstream_errors_total{operator="raw",target="api",reason="refused"} 1');
    await counted('nvgw_upstream_retries_total{operator="raw",target="api"} 1');
  });

  it('succeeds the second time within the same call', async () => {
    const port = await unusedPort();
    const sharing = share(operatorAt(`http://127.0.0.1:${port}`));
    // The first attempt has already met a closed port, which we learn in a later turn; the second one comes after.
    server = createServer((socket) => {
      socket.on('data', () => socket.write(jsonAnswer('{}')));
    }).listen(port, '127.0.0.1');
    await expect(sharing).resolves.toBe('{}');
    await counted('nvgw_upstream_retries_total{operator="raw",target="api"} 1');
  });

  it('U36 by an unknown name was never sent', async () => {
    const problem = await share(operatorAt('http://no-such-operator.invalid', { timeoutMs: 2_000 }));
    // Without a reachable name server the answer is silence, until the deadline.
    expect(problem).toMatchObject({
      neverSent: true,
      detail: expect.stringMatching(/^(dns|connect_timeout)$/),
    });
  });

  it('is not tried again and again during an outage: one call in ten has a second try', async () => {
    const operator = operatorAt(`http://127.0.0.1:${await unusedPort()}`);
    for (let call = 0; call < 19; call++) await share(operator);
    const retries = /nvgw_upstream_retries_total\{operator="raw",target="api"\} (\d+)/.exec(
      await metrics.render(),
    );
    expect(Number(retries![1])).toBeLessThanOrEqual(11);
  });
});

describe('U02 an operator that does not accept', () => {
  let worker: Worker;
  const fillers: Socket[] = [];

  afterEach(async () => {
    for (const filler of fillers.splice(0)) filler.destroy();
    await worker.terminate();
  });

  /** Its event loop is blocked, so the queue of the listening socket stays full. */
  async function startDeaf(): Promise<number> {
    worker = new Worker(
      `const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
         require('node:worker_threads').parentPort.postMessage(server.address().port);
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20000);
       });`,
      { eval: true },
    );
    const [port] = (await once(worker, 'message')) as [number];
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (let n = 0; n < 6; n++) {
      const filler = new Socket().on('error', () => {});
      filler.connect(port, '127.0.0.1');
      fillers.push(filler);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    return port;
  }

  it('costs the deadline, and nothing was sent', async () => {
    const operator = operatorAt(`http://127.0.0.1:${await startDeaf()}`);
    const started = performance.now();
    const problem = await share(operator);
    expect(performance.now() - started).toBeLessThan(700);
    expect(problem).toMatchObject({ problem: 'operatorTimeout', neverSent: true, detail: 'connect_timeout' });
  });

  it('is given up on at the connect timeout, tried once more, and nothing was sent', async () => {
    const operator = operatorAt(`http://127.0.0.1:${await startDeaf()}`, {
      timeoutMs: 5_000,
      connectTimeoutMs: 50,
    });
    const started = performance.now();
    const problem = await share(operator);
    // undici's connect timer ticks every half second.
    expect(performance.now() - started).toBeLessThan(2_500);
    expect(problem).toMatchObject({ problem: 'operatorTimeout', neverSent: true, detail: 'connect_timeout' });
    await counted('nvgw_upstream_retries_total{operator="raw",target="api"} 1');
  });
});

describe('U35 TLS', () => {
  it('with a certificate nobody vouches for is refused, once, and nothing was sent', async () => {
    const { key, cert } = selfSignedCertificate('localhost');
    let handshakes = 0;
    let bytes = 0;
    server = createTlsServer({ key, cert }, (socket) =>
      socket.on('data', (chunk) => (bytes += chunk.length)),
    );
    server.on('connection', () => handshakes++);
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const problem = await share(operatorAt(`https://localhost:${port}`, { timeoutMs: 2_000 }));
    expect(problem).toMatchObject({ problem: 'operatorUnreachable', neverSent: true, detail: 'tls' });
    expect(handshakes).toBe(1);
    expect(bytes).toBe(0);
  });

  it('older than 1.2 is refused, and nothing was sent', async () => {
    const { key, cert } = selfSignedCertificate('localhost');
    server = createTlsServer({
      key,
      cert,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL:@SECLEVEL=0',
    });
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const problem = await share(operatorAt(`https://127.0.0.1:${port}`, { timeoutMs: 2_000 }));
    expect(problem).toMatchObject({ problem: 'operatorUnreachable', neverSent: true, detail: 'tls' });
    // Refused for its version: the certificate was never looked at.
    expect((problem as Problem).cause).toMatchObject({ code: expect.stringMatching(/^(ERR_SSL_|EPROTO)/) });
  });

  it('answered in plain text is no TLS, and nothing was sent', async () => {
    raw = await startRawOperator(
      () => {},
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    const problem = await share(operatorAt(raw.url.replace('http:', 'https:'), { timeoutMs: 2_000 }));
    expect(problem).toMatchObject({ problem: 'operatorUnreachable', neverSent: true, detail: 'tls' });
    expect(raw.requests).toBe(0);
  });
});
