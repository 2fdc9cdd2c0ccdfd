import { createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { serve } from '../../../bench/child.js';
import { VIRTUAL_OPERATORS } from '../virtual-operators.js';
import { FaultOrder } from './fault-plan.js';
import { Certificates } from './listener.js';
import { SimRecord } from './sim-record.js';
import { SimulatedOperator } from './simulated-operator.js';

/** More than this in one message would stall both ends. */
const MAX_RECORDS = 20_000;

const records: SimRecord[] = [];
const operators = new Map<string, SimulatedOperator>();
const spent = new Set<string>();
let internalVisits = 0;

/** Where redirects lead: it would answer every question with yes. */
const internal = createServer((_request, response) => {
  internalVisits++;
  response.setHeader('content-type', 'application/json');
  response.end('{"devicePhoneNumberVerified":true,"devicePhoneNumber":"+990000000000"}');
});

/** `POST /__fault` for whoever prefers HTTP to a function. */
const control = createServer((request, response) => {
  const answer = async (): Promise<void> => {
    if (request.method !== 'POST' || request.url !== '/__fault') throw new Error('POST /__fault');
    await fault(JSON.parse(Buffer.concat(await request.toArray()).toString()) as FaultOrder);
  };
  answer().then(
    () => response.writeHead(204).end(),
    (error: Error) => response.writeHead(400).end(error.message),
  );
});

async function start(ground: {
  seed: string;
  certificates: Certificates;
}): Promise<{ ports: Record<string, number>; controlUrl: string }> {
  const internalUrl = `${await listen(internal)}/`;
  const ports: Record<string, number> = {};
  for (const operator of VIRTUAL_OPERATORS) {
    const record = (one: SimRecord): void => void records.push(one);
    const simulated = new SimulatedOperator({ ...ground, operator, internalUrl, record }, spent);
    await simulated.listener.listen();
    operators.set(operator.id, simulated);
    ports[operator.id] = simulated.listener.port;
  }
  return { ports, controlUrl: await listen(control) };
}

async function fault(order: FaultOrder): Promise<void> {
  const operator = operators.get(order.operator);
  if (!operator) throw new Error(`no operator ${order.operator}`);
  await operator.order(order);
}

function listen(server: ReturnType<typeof createServer>): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
}

serve({
  start,
  fault,
  /** @returns what came since record number `from` */
  records: (from: number) => records.slice(from, from + MAX_RECORDS),
  count: () => records.length,
  internalVisits: () => internalVisits,
  connections: () =>
    Object.fromEntries([...operators].map(([id, { listener }]) => [id, listener.openConnections])),
});
