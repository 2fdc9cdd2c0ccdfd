import { Injectable, OnModuleInit } from '@nestjs/common';
import { Operators } from './operators/operators.js';
import { RoutingRules } from './routing/routing-rules.js';
import { OperatorSettings } from './tenants/snapshot.js';
import { Tenants } from './tenants/tenants.js';
import { Upstream } from './upstream/upstream.js';

/** Takes what people have switched from the snapshot to the rooms that obey it; those know nothing of each other. */
@Injectable()
export class OperatorSwitches implements OnModuleInit {
  private applied: ReadonlyMap<string, OperatorSettings> | undefined;

  constructor(
    private readonly tenants: Tenants,
    private readonly operators: Operators,
    private readonly rules: RoutingRules,
    private readonly upstream: Upstream,
  ) {}

  onModuleInit(): void {
    this.tenants.onChange(() => this.apply());
    this.apply();
  }

  private apply(): void {
    const settings = this.tenants.operatorSettings;
    if (same(settings, this.applied)) return;
    this.applied = settings;
    this.operators.apply(settings);
    this.rules.remake();
    for (const { id } of this.operators.all()) {
      const breakers = settings.get(id)?.breakers ?? {};
      for (const target of ['api', 'token'] as const) {
        const { mode, until } = breakers[target] ?? {};
        this.upstream.force(id, target, mode, until === undefined ? undefined : Date.parse(until));
      }
    }
  }
}

/** Most changes are of tenants: the rules need not be made again for each. */
function same(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown> | undefined): boolean {
  return JSON.stringify([...a]) === JSON.stringify(b && [...b]);
}
