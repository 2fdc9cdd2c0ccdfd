import { Secret } from '../../src/contract/secret.js';
import { Database } from '../../src/database/database.js';
import { RoutingRules } from '../../src/routing/routing-rules.js';
import { RuleStore } from '../../src/routing/rule-store.js';
import { nameOf } from '../../src/routing/rule.js';
import { TelcoRoutingPolls } from '../../src/routing/telco-routing-polls.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { RoutingService, json, limitedHttp, operator, startRoutingService } from './routing-service.js';
import { createTestDatabase } from './test-database.js';

const logger = createLogger('silent');

/** What the operator `one` publishes; it calls itself BRAND_ES. */
export const TABLE = [
  { ipv4: ['23.124.1.200/20'], ipv6: ['2001:db8:31::1/48'], static: { operatorId: 'BRAND_ES' } },
  { network: ['99931'], msisdnPrefix: ['+99031'], static: { operatorId: 'BRAND_ES' } },
  { ipv4: ['100.64.0.0/10'], dynamic: { telcoFinder: 'https://stranger.example/telco-finder/v1' } },
];

/** An operator that publishes a routing table over HTTP, and those who read it into a database of their own. */
export class TableRig {
  readonly polls: TelcoRoutingPolls;
  readonly rules: RoutingRules;
  readonly store: RuleStore;

  private constructor(
    readonly service: RoutingService,
    private readonly database: Database,
    readonly metrics: Metrics,
    private readonly drop: () => Promise<void>,
  ) {
    this.store = new RuleStore(database);
    this.rules = new RoutingRules([this.publisher()], this.store, metrics, logger);
    this.polls = this.reader();
  }

  static async start(): Promise<TableRig> {
    const place = await createTestDatabase();
    const database = await Database.open({ url: place.url, entities: [], logger });
    return new TableRig(await startRoutingService(json(TABLE)), database, new Metrics(), () => place.drop());
  }

  /** Another process that reads tables. @param secret the name of the token that the manifest asks for */
  reader(secret?: string, secrets: [string, Secret][] = []): TelcoRoutingPolls {
    const on = [this.publisher(secret)];
    return new TelcoRoutingPolls(on, limitedHttp(), this.store, new Map(secrets), this.metrics, logger);
  }

  /** The next reading, whatever the period says. */
  async pollAgain(): Promise<void> {
    await this.sql("UPDATE telco_routing_tables SET next_poll_at = now() - interval '1 second'");
    await this.polls.pollDue();
  }

  async sql(text: string): Promise<Record<string, unknown>[]> {
    return (await this.database.pool('admin').query<Record<string, unknown>>(text)).rows;
  }

  /** @returns names of the rules that decide about an address now */
  async deciding(ip: string): Promise<string[]> {
    await this.rules.load();
    return this.rules.table.address(ip).map(nameOf);
  }

  /** Has exactly one reading ended so? */
  async polled(result: 'changed' | 'unchanged' | 'failed'): Promise<boolean> {
    const line = `routing_table_polls_total{operator="one",result="${result}"} 1`;
    return (await this.metrics.render()).includes(line);
  }

  async close(): Promise<void> {
    await this.polls.onApplicationShutdown();
    await this.service.close();
    await this.database.close();
    await this.drop();
  }

  private publisher(secret?: string) {
    const telcoRouting = { url: `${this.service.url}/`, refreshSeconds: 60, ...(secret && { secret }) };
    return operator('one', { telcoOperatorId: 'BRAND_ES', telcoRouting });
  }
}
