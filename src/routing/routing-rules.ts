import { OnApplicationShutdown } from '@nestjs/common';
import { Operator } from '../operators/operator.js';
import { Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { RuleTable } from './rule-table.js';
import { RuleStore, StoredRule } from './rule-store.js';
import { manifestRules, Rule } from './rule.js';

/** A change is visible in every process at most this long after its commit. */
const LOOK_EVERY_MS = 2_000;

/** The rules in force, in memory: those of the manifests, and those of the database as last seen. */
export class RoutingRules implements OnApplicationShutdown {
  private current: RuleTable;
  private revision: string | undefined;
  private fetchedAt: Readonly<Record<string, number>> = {};
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private readonly byId: ReadonlyMap<string, Operator>;

  /** @param on operators whose rules count */
  constructor(
    private readonly on: readonly Operator[],
    private readonly store: RuleStore,
    metrics: Metrics,
    private readonly logger: Logger,
  ) {
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
    const orphans = rules.filter(({ source, operatorId }) => source === 'admin' && !this.byId.has(operatorId));
    if (orphans.length > 0)
      this.logger.warn({ rules: orphans.length }, 'routing rules name no operator that is on');
  }

  /** From now on changes of other processes become visible here. */
  watch(): this {
    this.timer ??= setInterval(() => {
      this.looking ??= this.look().finally(() => {
        this.looking = undefined;
      });
    }, LOOK_EVERY_MS).unref();
    return this;
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  private async look(): Promise<void> {
    try {
      const { revision, fetchedAt } = await this.store.glance();
      this.fetchedAt = fetchedAt;
      if (revision !== this.revision) await this.load();
    } catch (error) {
      // The last rules keep serving: a database that is away must not stop sign-ins.
      this.logger.warn({ err: error }, 'routing rules could not be read again');
    }
  }

  /** A table that the manifest no longer names does not count any more. */
  private known({ operatorId, source, ...rule }: StoredRule): Rule[] {
    const operator = this.byId.get(operatorId);
    if (!operator || (source !== 'admin' && !operator.telcoRouting)) return [];
    return [{ operator, source, ...rule }];
  }
}
