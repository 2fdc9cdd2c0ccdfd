import { OnApplicationShutdown } from '@nestjs/common';
import { Recurring } from '../database/recurring.js';
import { Operator } from '../operators/operator.js';
import { Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { RuleTable } from './rule-table.js';
import { RuleStore, StoredRule } from './rule-store.js';
import { manifestRules, Rule } from './rule.js';

/** A change is visible in every process at most this long after its commit, and what reading takes. */
const LOOK_EVERY_MS = 1_500;

/** The rules in force, in memory: those of the manifests, and those of the database as last seen. */
export class RoutingRules implements OnApplicationShutdown {
  private current: RuleTable;
  private revision: string | undefined;
  private fetchedAt: Readonly<Record<string, number>> = {};
  private readonly looking: Recurring;
  private readonly byId: ReadonlyMap<string, Operator>;

  /** @param on operators whose rules count */
  constructor(
    private readonly on: readonly Operator[],
    private readonly store: RuleStore,
    metrics: Metrics,
    private readonly logger: Logger,
  ) {
    this.looking = new Recurring(() => this.look(), logger, 'routing rules could not be read again');
    this.byId = new Map(on.map((operator) => [operator.id, operator]));
    this.current = new RuleTable(manifestRules(on));
    metrics.sample(() => {
      for (const [operator, at] of Object.entries(this.fetchedAt)) {
        if (this.byId.get(operator)?.telcoRouting) metrics.routingTableAge(operator, Date.now() / 1000 - at);
      }
    });
  }

  get table(): RuleTable {
    return this.current;
  }

  /** Replaces the rules by what the database holds now, beside the manifests. */
  async load(): Promise<void> {
    const { revision, fetchedAt, rules } = await this.store.read();
    const known = rules.flatMap((stored) => this.known(stored));
    this.current = new RuleTable([...manifestRules(this.on), ...known]);
    this.revision = revision;
    this.fetchedAt = fetchedAt;
    const orphans = rules.filter(
      ({ source, operatorId }) => source === 'admin' && !this.byId.has(operatorId),
    );
    if (orphans.length > 0)
      this.logger.warn({ rules: orphans.length }, 'routing rules name no operator that is on');
  }

  /** From now on changes of other processes become visible here. */
  watch(): this {
    this.looking.start(LOOK_EVERY_MS);
    return this;
  }

  onApplicationShutdown(): Promise<void> {
    return this.looking.stop();
  }

  /** While the database is away the last rules keep serving: that must not stop sign-ins. */
  private async look(): Promise<void> {
    const { revision, fetchedAt } = await this.store.glance();
    this.fetchedAt = fetchedAt;
    if (revision !== this.revision) await this.load();
  }

  /** A table that the manifest no longer names does not count any more. */
  private known({ operatorId, source, ...rule }: StoredRule): Rule[] {
    const operator = this.byId.get(operatorId);
    if (!operator || (source !== 'admin' && !operator.telcoRouting)) return [];
    return [{ operator, source, ...rule }];
  }
}
