import { Injectable } from '@nestjs/common';
import { Metrics } from '../telemetry/metrics.js';
import { ArtifactStore } from './artifact-store.js';

/** Kept for longer than anything lives that is accepted once, clocks a little apart. */
const TTL_SECONDS = 360;
const MODEL = 'OneTime';

/** What may be used once, by whichever process sees it first. */
@Injectable()
export class OneTime {
  constructor(
    private readonly store: ArtifactStore,
    private readonly metrics: Metrics,
  ) {}

  /**
   * @param parts what tells it from everything else; only their hash is kept
   * @returns whether it was new
   * @throws TemporarilyUnavailable
   */
  async take(...parts: readonly string[]): Promise<boolean> {
    if (await this.store.insertNew(MODEL, JSON.stringify(parts), TTL_SECONDS)) return true;
    this.metrics.credentials.replayed('assertion_jti');
    return false;
  }
}
