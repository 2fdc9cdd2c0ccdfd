import { ServerMetadata, allowInsecureRequests, customFetch, discovery } from 'openid-client';
import { Operator } from '../operators/operator.js';
import { Upstream } from '../upstream/upstream.js';
import { SIGNING_ALGORITHMS } from './signing-algorithms.js';

const FRESH_MS = 10 * 60_000;
const ALGORITHMS: string[] = [...SIGNING_ALGORITHMS];

interface Known {
  readonly metadata: ServerMetadata;
  readonly atMs: number;
}

/** An operator's authorization server may be plain HTTP only where its API is, too: in the sandbox. */
export function plainHttpAllowed(operator: Operator): boolean {
  return operator.apiRoot.startsWith('http:');
}

/** Metadata of the operators' authorization servers: discovered and kept, or static from the manifest. */
export class OperatorServers {
  private readonly known = new Map<string, Known>();
  private readonly asking = new Map<string, Promise<ServerMetadata>>();

  /** @param clock milliseconds since the epoch */
  constructor(
    private readonly upstream: Upstream,
    private readonly clock: () => number = Date.now,
  ) {}

  /**
   * @returns the same object until it is discovered anew; a stale document serves while a new one is fetched
   * @throws ClientError | TypeError when the operator cannot be asked and never was
   */
  async of(operator: Operator): Promise<ServerMetadata> {
    const known = this.known.get(operator.id);
    if (known && this.clock() - known.atMs < FRESH_MS) return known.metadata;
    const asked = this.ask(operator);
    if (!known) return asked;
    asked.catch(() => undefined);
    return known.metadata;
  }

  private ask(operator: Operator): Promise<ServerMetadata> {
    const running = this.asking.get(operator.id);
    if (running) return running;
    const asked = this.find(operator)
      .then((metadata) => {
        this.known.set(operator.id, { metadata, atMs: this.clock() });
        return metadata;
      })
      .finally(() => this.asking.delete(operator.id));
    this.asking.set(operator.id, asked);
    return asked;
  }

  private async find(operator: Operator): Promise<ServerMetadata> {
    const { endpoints, issuer } = operator.auth;
    if (endpoints) {
      return {
        // Without a known issuer nothing the operator says of itself can be compared: then it must not say it.
        issuer: endpoints.issuer ?? new URL(endpoints.token).origin,
        authorization_endpoint: endpoints.authorization,
        token_endpoint: endpoints.token,
        ...(endpoints.backchannel && { backchannel_authentication_endpoint: endpoints.backchannel }),
        ...(endpoints.jwks && { jwks_uri: endpoints.jwks }),
        id_token_signing_alg_values_supported: ALGORITHMS,
      };
    }
    const found = await discovery(new URL(issuer ?? operator.apiRoot), 'discovery', undefined, undefined, {
      [customFetch]: this.upstream.fetch(operator),
      execute: plainHttpAllowed(operator) ? [allowInsecureRequests] : [],
      timeout: 2.5,
    });
    return plain(found.serverMetadata());
  }
}

/** Only what we use: without the library's helper functions, and without what an operator might add. */
function plain(found: Readonly<ServerMetadata>): ServerMetadata {
  const algorithms = found.id_token_signing_alg_values_supported?.filter((alg) => ALGORITHMS.includes(alg));
  return {
    issuer: found.issuer,
    authorization_endpoint: found.authorization_endpoint,
    token_endpoint: found.token_endpoint,
    ...(found.backchannel_authentication_endpoint && {
      backchannel_authentication_endpoint: found.backchannel_authentication_endpoint,
    }),
    ...(found.jwks_uri && { jwks_uri: found.jwks_uri }),
    id_token_signing_alg_values_supported: algorithms?.length ? algorithms : ALGORITHMS,
    ...(found.authorization_response_iss_parameter_supported && {
      authorization_response_iss_parameter_supported: true,
    }),
  };
}
