import { IncomingMessage, ServerResponse, createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { HttpService } from '@nestjs/axios';
import { create } from 'axios';
import { dialectNamed } from '../../src/dialects/dialects.js';
import { Manifest } from '../../src/operators/manifest.js';
import { Operator } from '../../src/operators/operator.js';
import { Operators } from '../../src/operators/operators.js';
import { LimitedHttp } from '../../src/routing/limited-http.js';
import { LookupFailed } from '../../src/routing/lookup.js';

interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** A routing service of an operator, over real HTTP; it can be told to answer anything. */
export interface RoutingService {
  readonly url: string;
  readonly asked: Asked[];
  /** Replaces how it answers from now on. */
  answer: (request: Asked, response: ServerResponse) => void;
  close(): Promise<void>;
}

export async function startRoutingService(answer: RoutingService['answer']): Promise<RoutingService> {
  const server = createServer((request, response) => {
    const serve = async () => {
      const text = await readAll(request);
      const asked = {
        path: `${request.method} ${request.url}`,
        authorization: request.headers.authorization,
        body: bodyIn(request, text),
      };
      service.asked.push(asked);
      service.answer(asked, response);
    };
    void serve();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const service: RoutingService = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return service;
}

function bodyIn({ headers }: IncomingMessage, text: string): unknown {
  if (text === '') return undefined;
  if (headers['content-type'] === 'application/x-www-form-urlencoded') {
    return Object.fromEntries(new URLSearchParams(text));
  }
  return JSON.parse(text);
}

/** Answers with JSON. */
export const json =
  (body: unknown, status = 200): RoutingService['answer'] =>
  (_asked, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

export const limitedHttp = (): LimitedHttp => new LimitedHttp(new HttpService(create()));

/** Why a lookup failed. */
export async function failureOf(lookup: Promise<unknown>): Promise<LookupFailed> {
  try {
    await lookup;
  } catch (error) {
    if (error instanceof LookupFailed) return error;
    throw error;
  }
  throw new Error('an answer came');
}

/** What a test says of an operator; everything else is as the manifest's defaults have it. */
export interface OperatorFacts extends Partial<Operator> {
  cidrs?: string[];
  prefixes?: string[];
}

/** An operator that is on, unless `off` says otherwise. */
export function operator(id: string, { cidrs = [], prefixes = [], ...over }: OperatorFacts = {}): Operator {
  const manifest = Manifest.parse({
    id,
    name: id,
    dialect: 'camara-2.1',
    lifecycle: 'sandbox',
    basePath: '/number-verification/v2',
    routes: { cidrs, prefixes },
    auth: { flows: ['authorization_code'], client: { method: 'private_key_jwt' } },
  });
  return {
    ...manifest,
    dialect: dialectNamed(manifest.dialect)!,
    apiRoot: 'http://127.0.0.1:1',
    off: undefined,
    ...over,
  };
}

export const operators = (...all: Operator[]): Operators => new Operators(all);

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
