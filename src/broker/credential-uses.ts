import { Inject, Injectable, OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../database/database.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';

const EVERY_MS = 60_000;

/** Notes when a client secret was last used, at most once a minute; no request waits for it. */
@Injectable()
export class CredentialUses implements OnApplicationShutdown {
  /** When each was last written; as many as there are credentials in use. */
  private readonly writtenAtMs = new Map<string, number>();
  private readonly writing = new Set<Promise<void>>();

  constructor(
    private readonly database: Database,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  note(credentialId: string): void {
    const now = Date.now();
    if (now - (this.writtenAtMs.get(credentialId) ?? 0) < EVERY_MS) return;
    this.writtenAtMs.set(credentialId, now);
    const writing = this.write(credentialId).finally(() => this.writing.delete(writing));
    this.writing.add(writing);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.writing);
  }

  private async write(credentialId: string): Promise<void> {
    try {
      await this.database.pool('admin').query(
        `UPDATE credentials SET last_used_at = now()
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
        [credentialId],
      );
    } catch (error) {
      this.logger.warn({ reason: (error as Error).name }, 'the use of a client secret could not be noted');
    }
  }
}
