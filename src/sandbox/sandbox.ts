import { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { Secret } from '../contract/secret.js';
import { Operator } from '../operators/operator.js';
import { BackchannelRequests } from './backchannel-requests.js';
import { Calls } from './calls.js';
import { clientAuthentication } from './client-authentication.js';
import { defaultDevice, networkOf, SandboxDevice, Subscriber } from './devices.js';
import { habitsOf } from './habits.js';
import { jwtBearer } from './jwt-bearer.js';
import { serveOperator } from './simulated-operator.js';
import { Registered, Site } from './site.js';
import { OneTimeTickets } from './tokens.js';

/** What the sandbox takes from the rooms it may not know. */
export interface SandboxOptions {
  /** Those of lifecycle `sandbox` are served, each as its manifest says; the others are left out. */
  readonly operators: readonly Operator[];
  /** 0 picks a free one. */
  readonly port: number;
  readonly host?: string;
  /** Where the gateway can be asked for its keys; called late, its port may not be known yet. */
  readonly gatewayUrl: () => string;
  /** Values of the secrets the manifests name. */
  readonly secrets: ReadonlyMap<string, Secret>;
  /** An application's registration at an operator; undefined: the operator does not know that client_id. */
  readonly registration: (operatorId: string, clientId: string) => Registered | undefined;
  readonly logger: { error(fields: object, message: string): void };
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

export interface Sandbox {
  /** Without trailing slash; an operator is at `<url>/<id>`, which is its issuer and API root. */
  readonly url: string;
  /** One ordinary device per operator. */
  readonly devices: readonly SandboxDevice[];
  readonly calls: Calls;
  close(): Promise<void>;
}

/**
 * Starts the simulated operators on one plain HTTP server. They know the gateway only over HTTP.
 * @throws Error when a manifest names a secret that is missing or a dialect nobody simulates
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { host = '127.0.0.1', clock = Date.now, secrets, gatewayUrl } = options;
  const operators = options.operators.filter(({ lifecycle }) => lifecycle === 'sandbox');
  const calls = new Calls();
  let url = '';
  const server = fastify({ trustProxy: 'loopback', exposeHeadRoutes: false, forceCloseConnections: true });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.setErrorHandler((error: Error, request, reply) => {
    options.logger.error({ err: error, route: request.routeOptions.url }, 'sandbox');
    return reply.code(500).send();
  });
  const entitlements = new Map(operators.map(({ id }) => [id, new OneTimeTickets<Subscriber>(clock)]));
  for (const operator of operators) {
    const [home = operator] = behind(operator, operators);
    const issuer = (): string => `${url}/${operator.id}`;
    const site: Site = {
      operator,
      issuer,
      calls,
      clock,
      habits: habitsOf(operator.dialect.name),
      client: (clientId) => options.registration(operator.id, clientId),
      network: networkOf({
        ...operator,
        routes: { ...operator.routes, cidrs: rangesOf(operator, operators) },
      }),
      codes: new OneTimeTickets(clock),
      tokens: new OneTimeTickets(clock),
      operatorTokens: entitlements.get(home.id)!,
      backchannel: new BackchannelRequests(clock),
    };
    calls.watchTokens(operator.id, () => site.tokens.uses());
    const around = { operator, issuer, gatewayUrl, clock };
    await serveOperator(server, site, {
      authenticate: clientAuthentication({ ...around, secrets }),
      assertionGrant: jwtBearer(around),
    });
  }
  await server.listen({ host, port: options.port });
  url = `http://${host}:${(server.server.address() as AddressInfo).port}`;
  return {
    url,
    calls,
    devices: operators.flatMap((operator) => defaultDevice(operator, url) ?? []),
    close: () => server.close(),
  };
}

/** An operator that is an alternative of others is another way to their devices. */
function rangesOf(operator: Operator, all: readonly Operator[]): string[] {
  return [operator, ...behind(operator, all)].flatMap(({ routes }) => routes.cidrs);
}

/** The operators of the networks that this one is another way to. */
function behind({ id }: Operator, all: readonly Operator[]): Operator[] {
  return all.filter(({ alternatives }) => alternatives.includes(id));
}
