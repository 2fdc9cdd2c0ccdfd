import { OnApplicationShutdown } from '@nestjs/common';
import { Notifications } from '../database/notifications.js';
import { Recurring } from '../database/recurring.js';
import { Operator } from '../operators/operator.js';
import { Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { RuleTable } from './rule-table.js';
import { RuleStore, StoredRule } from './rule-store.js';
import { manifestRules, Rule } from './rule.js';

/** Told of nothing, a process sees a change at most this long after its commit, and what reading takes. */
const LOOK_EVERY_MS = 1_500;

/** The rules in force, in memory: those of the manifests, and those of the database as last seen. */
export class RoutingRules implements OnApplicationShutdown {
  private current: RuleTable;
  private revision: string | undefined;
  private fetchedAt: Readonly<Record<string, number>> = {};
  private stored: readonly StoredRule[] = [];
  private readonly looking: Recurring;

  /** @param operators of those that are off, rules count only where there is another way to their network */
  constructor(
    private readonly operators: readonly Operator[],
    private readonly store: RuleStore,
    metrics: Metrics,
    private readonly logger: Logger,
  ) {
    const complaint = 'routing rules could not be read again';
    this.looking = new Recurring(
      () => this.look(),
      logger,
      complaint,
      metrics.process.task('routing_refresh'),
    );
    this.current = this.made();
    metrics.sample(() => {
      for (const { id, telcoRouting } of this.served()) {
        const at = telcoRouting && this.fetchedAt[id];
        if (at !== undefined) metrics.routing.tableAge(id, Date.now() / 1000 - at);
      }
    });
  }

  get table(): RuleTable {
    return this.current;
  }

  /** Replaces the rules by what the database holds now, beside the manifests. */
  async load(): Promise<void> {
    const { revision, fetchedAt, rules } = await this.store.read();
    this.revision = revision;
    this.fetchedAt = fetchedAt;
    this.stored = rules;
    this.remake();
    const known = new Set(this.operators.map(({ id }) => id));
    const orphans = rules.filter(({ source, operatorId }) => source === 'admin' && !known.has(operatorId));
    if (orphans.length > 0)
      this.logger.warn({ rules: orphans.length }, 'routing rules name no known operator');
  }

  /** Without database: takes the copy that was kept. @returns whether there is a good one */
  async recall(): Promise<boolean> {
    const rules = await this.store.recall();
    if (!rules) return false;
    this.stored = rules;
    this.remake();
    return true;
  }

  /** To be called when operators were switched on or off. */
  remake(): void {
    this.current = this.made();
  }

  /** From now on changes of other processes become visible here. */
  watch(notifications?: Notifications): this {
    notifications?.on('routing', () => this.looking.soon());
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

  private made(): RuleTable {
    const served = this.served();
    const byId = new Map(served.map((operator) => [operator.id, operator]));
    return new RuleTable([...manifestRules(served), ...this.stored.flatMap((rule) => known(rule, byId))]);
  }

  private served(): Operator[] {
    const on = new Set(this.operators.filter(({ off }) => off === undefined).map(({ id }) => id));
    return this.operators.filter(({ id, alternatives }) => [id, ...alternatives].some((one) => on.has(one)));
  }
}

/** A table that the manifest no longer names does not count any more. */
function known({ operatorId, source, ...rule }: StoredRule, served: ReadonlyMap<string, Operator>): Rule[] {
  const operator = served.get(operatorId);
  if (!operator || (source !== 'admin' && !operator.telcoRouting)) return [];
  return [{ operator, source, ...rule }];
}
