import { compactVerify, createLocalJWKSet, decodeProtectedHeader } from 'jose';
import { ServerMetadata } from 'openid-client';
import { Problem } from '../contract/problem.js';
import { Operator } from '../operators/operator.js';
import { BrokerMetrics } from '../telemetry/broker-metrics.js';
import { Logger } from '../telemetry/logger.js';
import { Upstream } from '../upstream/upstream.js';
import { KeysUnavailable } from './jwks-door.js';
import { OperatorKeySet } from './key-set.js';
import { RemoteKeys } from './remote-keys.js';
import { SIGNING_ALGORITHMS } from './signing-algorithms.js';

/**
 * The keys by which operators sign id_tokens: one set for an operator, whatever the number of registrations. A new key is
 * found at once, the last good set serves for a day, and nobody makes us ask more than twice a minute.
 */
export class OperatorKeys {
  private readonly sets = new Map<string, RemoteKeys>();

  /** @param clock milliseconds since the epoch */
  constructor(
    private readonly upstream: Pick<Upstream, 'fetch'>,
    private readonly metrics: BrokerMetrics,
    private readonly logger: Logger,
    private readonly clock: () => number = Date.now,
  ) {}

  /**
   * A token endpoint reached by TLS is not enough: the signature is what an operator stands by.
   * @param idToken whose claims have been checked; undefined: there is nothing to verify
   * @throws Problem operatorMisbehaved; operatorUnreachable when its keys were never to be had
   */
  async verify(
    operator: Operator,
    { jwks_uri: url }: Pick<ServerMetadata, 'jwks_uri'>,
    idToken: string | undefined,
  ): Promise<void> {
    if (idToken === undefined) return;
    if (url === undefined) throw new Problem('operatorMisbehaved', { detail: 'id_token without keys' });
    const { kid } = headerOf(idToken);
    const set = await this.of(operator).of(url, kid);
    if (set.keys.length === 0) throw new Problem('operatorUnreachable', { detail: 'no keys' });
    try {
      await compactVerify(idToken, createLocalJWKSet(set), { algorithms: [...SIGNING_ALGORITHMS] });
    } catch {
      throw new Problem('operatorMisbehaved', { detail: 'id_token signature' });
    }
  }

  private of(operator: Operator): RemoteKeys {
    const known = this.sets.get(operator.id);
    if (known) return known;
    const ask = this.upstream.fetch(operator);
    const read = async (url: string): Promise<string> => {
      const answer = await ask(url, {
        headers: { accept: 'application/jwk-set+json, application/json' },
      }).catch(() => undefined);
      if (answer?.status !== 200) throw new KeysUnavailable(answer ? 'status' : 'unreachable');
      return answer.text();
    };
    const accepted = (): void => this.metrics.keysRead(operator.id);
    const source = { whose: `operator ${operator.id}`, schema: OperatorKeySet, accepted };
    const keys = new RemoteKeys({ read }, this.logger, this.metrics, this.clock, source);
    this.sets.set(operator.id, keys);
    return keys;
  }
}

function headerOf(idToken: string): { kid?: string | undefined } {
  try {
    return decodeProtectedHeader(idToken);
  } catch {
    throw new Problem('operatorMisbehaved', { detail: 'id_token' });
  }
}
