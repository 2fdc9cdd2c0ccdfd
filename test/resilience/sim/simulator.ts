import { Child } from '../../../bench/child.js';
import { FaultOrder } from './fault-plan.js';
import { Certificates } from './listener.js';
import { SimRecord } from './sim-record.js';

/** The simulator as the harness holds it; it runs in a process of its own. */
export class Simulator {
  private constructor(
    private readonly child: Child,
    /** By operator id. */
    readonly ports: Readonly<Record<string, number>>,
    /** `POST <controlUrl>/__fault` with a {@link FaultOrder}. */
    readonly controlUrl: string,
  ) {}

  static async start(options: {
    seed: string;
    certificates: Certificates;
    logFile: string;
  }): Promise<Simulator> {
    const child = Child.start('../test/resilience/sim/sim.main.js', {
      label: 'simulator',
      logFile: options.logFile,
    });
    const { ports, controlUrl } = await child.ask<{ ports: Record<string, number>; controlUrl: string }>(
      'start',
      { seed: options.seed, certificates: options.certificates },
    );
    return new Simulator(child, ports, controlUrl);
  }

  /** Resolves when the fault is in force. */
  fault(order: FaultOrder): Promise<void> {
    return this.child.ask('fault', order);
  }

  heal(operator: string): Promise<void> {
    return this.fault({ operator, fault: 'none' });
  }

  /** How many requests it has received so far; a place in its ledger. */
  position(): Promise<number> {
    return this.child.ask('count');
  }

  /** Its ledger from a place on. */
  async recordsSince(position: number): Promise<SimRecord[]> {
    const all: SimRecord[] = [];
    for (;;) {
      const some = await this.child.ask<SimRecord[]>('records', position + all.length);
      if (some.length === 0) return all;
      for (const record of some) all.push(record);
    }
  }

  /** How often somebody followed a redirect to the host that no operator may send us to. */
  internalVisits(): Promise<number> {
    return this.child.ask('internalVisits');
  }

  /** Connections that stand now, by operator. */
  connections(): Promise<Record<string, number>> {
    return this.child.ask('connections');
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}
