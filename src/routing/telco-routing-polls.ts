import { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Secret } from '../contract/secret.js';
import { Operator } from '../operators/operator.js';
import { Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { LimitedHttp } from './limited-http.js';
import { LookupFailed } from './lookup.js';
import { RuleStore } from './rule-store.js';
import { accessOf } from './service-access.js';
import { TelcoRoutingTable, digestOf, publishedRules, PublishedRule } from './telco-routing-table.js';
import { telcoIdOf } from './telco-finder.js';

/** How often is asked whether a table is due; how often it is read, its manifest says. */
const LOOK_EVERY_MS = 5_000;
const RETRY_SECONDS = 30;

/** Reads the routing tables that operators publish into the database. Whatever goes wrong, the last table stays. */
export class TelcoRoutingPolls implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private polling: Promise<void> | undefined;
  private readonly stopping = new AbortController();
  private readonly publishers: readonly Operator[];

  /** @param on operators that are on; those without `telcoRouting` publish nothing */
  constructor(
    on: readonly Operator[],
    private readonly http: LimitedHttp,
    private readonly store: RuleStore,
    private readonly secrets: ReadonlyMap<string, Secret>,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {
    this.publishers = on.filter(({ telcoRouting }) => telcoRouting !== undefined);
  }

  onApplicationBootstrap(): void {
    if (this.publishers.length === 0) return;
    const look = () => {
      this.polling ??= this.pollDue().finally(() => {
        this.polling = undefined;
      });
    };
    look();
    this.timer = setInterval(look, LOOK_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort();
    await this.polling;
  }

  /** Reads every table that is due and that no other process is reading. Never rejects. */
  async pollDue(): Promise<void> {
    await Promise.all(this.publishers.map((operator) => this.poll(operator)));
  }

  private async poll(operator: Operator): Promise<void> {
    const { refreshSeconds } = operator.telcoRouting!;
    try {
      const turn = await this.store.claim(operator.id, refreshSeconds);
      if (!turn) return;
      const rules = await this.fetch(operator);
      const unchanged = digestOf(rules) === turn.digest;
      if (unchanged) await this.store.confirm(operator.id);
      else await this.store.replace(operator.id, rules);
      this.metrics.routing.tablePolled(operator.id, unchanged ? 'unchanged' : 'changed');
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      this.metrics.routing.tablePolled(operator.id, 'failed');
      const reason = error instanceof LookupFailed ? error.reason : 'database';
      this.logger.warn(
        { operator: operator.id, reason },
        'a routing table could not be read; the last one stays',
      );
      await this.store.retryIn(operator.id, Math.min(RETRY_SECONDS, refreshSeconds)).catch(() => {});
    }
  }

  /** @throws LookupFailed also for a table without a rule for its own operator: more likely a mistake than a wish */
  private async fetch(operator: Operator): Promise<PublishedRule[]> {
    const { url, ...named } = operator.telcoRouting!;
    const access = accessOf(named, this.secrets);
    const table = await this.http.read(
      {
        url: `${url.replace(/\/$/, '')}/telco-routing/v1/routing`,
        ...access,
        deadlineMs: 2_500,
        maxBytes: 1024 * 1024,
        signal: this.stopping.signal,
      },
      TelcoRoutingTable,
    );
    if (!table) throw new LookupFailed('status');
    const rules = publishedRules(table, telcoIdOf(operator));
    if (!rules) throw new LookupFailed('too_large');
    if (rules.length === 0) throw new LookupFailed('garbage');
    return rules;
  }
}
