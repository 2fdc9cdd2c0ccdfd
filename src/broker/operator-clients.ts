import {
  Configuration,
  ServerMetadata,
  allowInsecureRequests,
  clockTolerance,
  customFetch,
} from 'openid-client';
import { Operator } from '../operators/operator.js';
import { Registration } from '../tenants/snapshot.js';
import { Upstream } from '../upstream/upstream.js';
import { OperatorProofs } from './client-authentication/client-authentication.js';
import { OperatorServers, plainHttpAllowed } from './operator-servers.js';
import { tamingFetch } from './token-answer.js';

const CLOCK_TOLERANCE_SECONDS = 10;

type How = 'proof' | 'none';

interface Made {
  readonly metadata: ServerMetadata;
  readonly registration: Registration;
  readonly configuration: Configuration;
}

/** id_tokens are read only where they are due and can be verified. */
export function readsIdTokens(operator: Operator, server: Pick<ServerMetadata, 'jwks_uri'>): boolean {
  const { openid, idToken } = operator.auth;
  return openid && idToken && server.jwks_uri !== undefined;
}

/** Us as an OAuth client of an operator: one configuration per registration, made anew when either changes. */
export class OperatorClients {
  private readonly made = new Map<string, Made>();

  constructor(
    private readonly servers: OperatorServers,
    private readonly upstream: Upstream,
    private readonly proofs: OperatorProofs,
  ) {}

  /** @throws ClientError | TypeError when the operator's metadata cannot be had */
  of(operator: Operator, registration: Registration): Promise<Configuration> {
    return this.kept(operator, registration, 'proof');
  }

  /** For grants that prove by themselves who we are: nothing is added to the request. Throws as `of` does. */
  withoutProof(operator: Operator, registration: Registration): Promise<Configuration> {
    return this.kept(operator, registration, 'none');
  }

  private async kept(operator: Operator, registration: Registration, how: How): Promise<Configuration> {
    const metadata = await this.servers.of(operator);
    const name = `${how} ${registration.id}`;
    const made = this.made.get(name);
    if (made?.metadata === metadata && isSame(made.registration, registration)) return made.configuration;
    const configuration = this.make(operator, metadata, registration, how);
    this.made.set(name, { metadata, registration, configuration });
    return configuration;
  }

  private make(
    operator: Operator,
    metadata: ServerMetadata,
    registration: Registration,
    how: How,
  ): Configuration {
    const configuration = new Configuration(
      metadata,
      registration.clientId,
      { [clockTolerance]: CLOCK_TOLERANCE_SECONDS },
      // oxlint-disable-next-line typescript/no-misused-promises -- openid-client awaits it
      how === 'none' ? () => undefined : this.proofs.for(operator, registration),
    );
    const readsThem = how === 'proof' && readsIdTokens(operator, metadata);
    configuration[customFetch] = tamingFetch(this.upstream.fetch(operator), readsThem);
    configuration.timeout = 2.5;
    if (plainHttpAllowed(operator)) allowInsecureRequests(configuration);
    return configuration;
  }
}

function isSame(one: Registration, other: Registration): boolean {
  return one.clientId === other.clientId && one.sealedCredential === other.sealedCredential;
}
