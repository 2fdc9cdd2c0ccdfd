import { ClientError, ServerMetadata, allowInsecureRequests, customFetch, discovery } from 'openid-client';
import { Problem } from '../contract/problem.js';
import { Operator } from '../operators/operator.js';
import { BrokerMetrics } from '../telemetry/broker-metrics.js';
import { CacheResult } from '../telemetry/labels.js';
import { Logger } from '../telemetry/logger.js';
import { Upstream } from '../upstream/upstream.js';
import { SIGNING_ALGORITHMS } from './signing-algorithms.js';

const FRESH_MS = 10 * 60_000;
/** After a document that could not be had, or was not believed. */
const RETRY_MS = 30_000;
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
  private readonly failedAtMs = new Map<string, number>();

  /** @param clock milliseconds since the epoch */
  constructor(
    private readonly upstream: Upstream,
    private readonly metrics: BrokerMetrics,
    private readonly logger: Logger,
    private readonly clock: () => number = Date.now,
  ) {}

  /**
   * @returns the same object until it is discovered anew; a stale document serves while a new one is fetched, and where
   *   that one cannot be had or is not believed
   * @throws ClientError | TypeError when the operator cannot be asked and never was
   * @throws Problem operatorRouteBroken when its document leads elsewhere
   */
  async of(operator: Operator): Promise<ServerMetadata> {
    const known = this.known.get(operator.id);
    const fresh = known !== undefined && this.clock() - known.atMs < FRESH_MS;
    this.count(operator, fresh ? 'hit' : known ? 'stale' : 'miss');
    if (known && fresh) return known.metadata;
    const failedMs = this.clock() - (this.failedAtMs.get(operator.id) ?? -Infinity);
    if (known && failedMs < RETRY_MS) return known.metadata;
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
      .catch((error: unknown) => {
        this.failedAtMs.set(operator.id, this.clock());
        const rejected = isForeign(error);
        this.count(operator, rejected ? 'rejected' : 'error');
        if (rejected) {
          this.logger.error(
            { operator: operator.id, reason: 'foreign' },
            'discovery leads elsewhere; it is not believed',
          );
        }
        throw error;
      })
      .finally(() => this.asking.delete(operator.id));
    this.asking.set(operator.id, asked);
    return asked;
  }

  /** What a manifest states is not looked up. */
  private count(operator: Operator, result: CacheResult): void {
    if (!operator.auth.endpoints) this.metrics.cache('discovery', result);
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
    return atHome(operator, plain(found.serverMetadata()));
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

/**
 * Whoever can change the document could have our assertions and operators' codes sent anywhere (mix-up): what is neither
 * the issuer's own origin nor named in the manifest is not believed, from the first time on.
 * @throws Problem operatorRouteBroken
 */
function atHome({ auth, apiRoot }: Operator, metadata: ServerMetadata): ServerMetadata {
  const { authorization_endpoint, token_endpoint, backchannel_authentication_endpoint, jwks_uri } = metadata;
  const home = new Set([
    new URL(auth.issuer ?? apiRoot).origin,
    ...auth.origins.map((one) => new URL(one).origin),
  ]);
  const named = [authorization_endpoint, token_endpoint, backchannel_authentication_endpoint, jwks_uri];
  if (named.every((url) => url === undefined || home.has(URL.parse(url)?.origin ?? ''))) return metadata;
  throw new Problem('operatorRouteBroken', { detail: 'foreign origin in metadata', neverSent: true });
}

/** A document that speaks of another issuer than the one that was asked, or leads elsewhere. */
function isForeign(error: unknown): boolean {
  if (error instanceof Problem) return error.problem === 'operatorRouteBroken';
  return error instanceof ClientError && error.code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED';
}
