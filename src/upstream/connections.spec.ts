import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jsonAnswer, operatorAt, RawOperator, startRawOperator } from '../../test/support/raw-operator.js';
import { Operator } from '../operators/operator.js';
import { Metrics } from '../telemetry/metrics.js';
import { Upstream } from './upstream.js';

const TRUE = '{"devicePhoneNumberVerified":true}';
const TOKEN = 'operator-token-of-the-user';

let metrics: Metrics;
let upstream: Upstream;
let raw: RawOperator;

beforeEach(() => {
  metrics = new Metrics();
  upstream = new Upstream(metrics);
});

afterEach(async () => {
  await upstream.close();
  await raw.close();
});

async function verify(operator: Operator): Promise<boolean> {
  using permit = upstream.admit(operator, 'api');
  return await permit.send(
    { method: 'POST', path: '/number-verification/v2/verify', headers: {}, body: '{}' },
    TOKEN,
    (answer) => operator.dialect.decodeVerify(answer, operator),
  );
}

/** undici takes a connection back into its pool a turn after the answer. */
function aMoment(ms = 5): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe('an operator that', () => {
  it('sends an odd header is read all the same', async () => {
    raw = await startRawOperator((socket) =>
      socket.write(jsonAnswer(TRUE, '200 OK', '__proto__: x\r\n__proto__: y\r\nconstructor: z\r\n')),
    );
    await expect(verify(operatorAt(raw.url))).resolves.toBe(true);
  });

  it('hangs has its connection taken away at the deadline', async () => {
    raw = await startRawOperator(() => {});
    await expect(verify(operatorAt(raw.url))).rejects.toMatchObject({ problem: 'operatorTimeout' });
    const until = performance.now() + 1000;
    while (raw.open > 0 && performance.now() < until) await new Promise(setImmediate);
    expect(raw.open).toBe(0);
  });

  it('answers properly gives a verdict, over one connection for many calls', async () => {
    raw = await startRawOperator((socket) => socket.write(jsonAnswer(TRUE)));
    const operator = operatorAt(`${raw.url}/root`);
    for (let call = 0; call < 5; call++) {
      await expect(verify(operator)).resolves.toBe(true);
      await aMoment();
    }
    expect(raw.connections).toBe(1);
    expect(raw.received).toMatch(/^POST \/root\/number-verification\/v2\/verify HTTP\/1\.1\r\n/);
    expect(raw.received).toContain(`authorization: Bearer ${TOKEN}\r\n`);
    expect(raw.received).toContain('accept-encoding: identity\r\n');
  });

  it('resets a connection it had kept open counts as having seen the request', async () => {
    raw = await startRawOperator((socket, nth) =>
      nth === 1 ? socket.write(jsonAnswer(TRUE)) : socket.resetAndDestroy(),
    );
    const operator = operatorAt(raw.url);
    await verify(operator);
    await aMoment();
    await expect(verify(operator)).rejects.toMatchObject({
      problem: 'operatorUnreachable',
      neverSent: false,
    });
    expect(raw.requests).toBe(2);
  });

  it('closes a connection it had kept open counts as having seen the request, and is told apart', async () => {
    raw = await startRawOperator((socket, nth) =>
      nth === 1 ? socket.write(jsonAnswer(TRUE)) : socket.end(),
    );
    const operator = operatorAt(raw.url);
    await verify(operator);
    await aMoment();
    await expect(verify(operator)).rejects.toMatchObject({
      problem: 'operatorUnreachable',
      neverSent: false,
    });
    expect(raw.requests).toBe(2);
    expect(await metrics.render()).toContain('target="api",reason="reused_socket"} 1');
  });

  it('closes an idle connection is called over a new one, unnoticed', async () => {
    raw = await startRawOperator((socket) =>
      socket.write(jsonAnswer(TRUE), () => setTimeout(() => socket.end(), 20)),
    );
    const operator = operatorAt(raw.url);
    await verify(operator);
    await aMoment(60);
    await expect(verify(operator)).resolves.toBe(true);
    expect(raw.connections).toBe(2);
  });
});
