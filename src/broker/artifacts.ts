import { Injectable } from '@nestjs/common';
import { Adapter, AdapterPayload, errors } from 'oidc-provider';
import { Metrics } from '../telemetry/metrics.js';
import { ArtifactStore } from './artifact-store.js';
import { Clients } from './clients.js';
import { Revocations } from './revocations.js';

/**
 * oidc-provider's storage. The library reads before it writes, so two redemptions of one code, or two uses of
 * one assertion, would both pass: here the write decides, and the loser is told by an exception.
 */
class ArtifactAdapter implements Adapter {
  constructor(
    private readonly model: string,
    private readonly store: ArtifactStore,
    private readonly clients: Clients,
    private readonly metrics: Metrics,
    private readonly revocations: Revocations,
  ) {}

  /** @param ttlSeconds given by the library for every model we use */
  async upsert(id: string, payload: AdapterPayload, ttlSeconds = 60): Promise<void> {
    // No sign-in is remembered: each is authenticated afresh by the operator.
    // A backchannel request is kept by its own rules, beside what the operator knows of it.
    if (this.model === 'Session' || this.model === 'BackchannelAuthenticationRequest') return;
    const { jti: _isTheId, ...rest } = payload;
    if (this.model !== 'ReplayDetection') return this.store.save(this.model, id, rest, ttlSeconds);
    if (await this.store.insertNew(this.model, id, ttlSeconds)) return;
    this.metrics.credentials.replayed('assertion_jti');
    throw new errors.InvalidClientAuth('jti was used before');
  }

  async consume(id: string): Promise<void> {
    if (await this.store.consume(this.model, id)) return;
    this.metrics.credentials.replayed('code');
    await this.revokeWhatItGave(id);
    throw new errors.InvalidGrant('already consumed');
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (this.model === 'Client') return this.clients.find(id);
    // The insert decides about a replay; a session is never there.
    if (this.model === 'Session' || this.model === 'ReplayDetection') return undefined;
    const artifact = await this.store.load(this.model, id);
    if (!artifact) return undefined;
    const { payload, consumedAt } = artifact;
    if (consumedAt !== undefined) this.metrics.credentials.replayed('code');
    return { ...payload, jti: id, ...(consumedAt !== undefined && { consumed: consumedAt }) };
  }

  async destroy(id: string): Promise<void> {
    if (this.model !== 'Session') await this.store.remove(this.model, id);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    // Tokens are stored nowhere: what there is of them is the order not to spend them.
    if (this.model === 'AccessToken') return this.revocations.revokeTokenOf(grantId);
    await this.store.removeByGrant(this.model, grantId);
  }

  /** RFC 6749 §4.1.2; of those who come at once, the library tells only those who come later. */
  private async revokeWhatItGave(id: string): Promise<void> {
    const grantId = (await this.store.load(this.model, id))?.payload['grantId'];
    if (typeof grantId === 'string') await this.revocations.revokeTokenOf(grantId);
  }

  /** Device flow and sessions only: neither exists here. */
  findByUserCode(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  findByUid(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}

/** One adapter for each of the library's models. */
@Injectable()
export class Artifacts {
  constructor(
    private readonly store: ArtifactStore,
    private readonly clients: Clients,
    private readonly metrics: Metrics,
    private readonly revocations: Revocations,
  ) {}

  of(model: string): Adapter {
    return new ArtifactAdapter(model, this.store, this.clients, this.metrics, this.revocations);
  }
}
