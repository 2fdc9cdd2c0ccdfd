import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Grant } from '../../src/contract/grant.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { LedgerRig, freshGrant } from './ledger-rig.js';
import { TcpProxy } from './tcp-proxy.js';

const CALL = { operation: 'verify', correlator: '' } as const;

interface DoubleDispatch {
  jti: string;
  result: string | null;
  billable: boolean;
  stands_id: string;
}

/** Ledgers with the policy `open`, and a way to Postgres that can fail. */
export class OutageRig {
  readonly metrics = new Metrics();

  private constructor(
    readonly rig: LedgerRig,
    readonly proxy: TcpProxy,
  ) {}

  static async create(): Promise<OutageRig> {
    const rig = await LedgerRig.create();
    return new OutageRig(rig, await TcpProxy.to(rig.database.url));
  }

  open(over: Parameters<LedgerRig['ledger']>[0] = {}): Promise<Ledger> {
    return this.rig.ledger({ policy: 'open', url: this.proxy.url(this.rig.database.url), ...over });
  }

  /** Dispatches, and settles with true. */
  async call(at: Ledger, grant: Grant = freshGrant()): Promise<boolean> {
    return at.settle(await at.dispatch(grant, CALL), Promise.resolve(true));
  }

  /** What stands in the metrics, by its name without prefix. */
  async value(name: string): Promise<number> {
    const page = await this.metrics.render();
    const line = page.split('\n').find((one) => one.startsWith(`nvgw_ledger_${name} `));
    return Number(line?.split(' ')[1]);
  }

  async until(what: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
    for (const giveUpAt = Date.now() + withinMs; !(await what()); await sleep(50)) {
      if (Date.now() > giveUpAt) throw new Error('it did not happen');
    }
  }

  /** Whether the ledger with these metrics records calls in Postgres. */
  readonly isBack = async (): Promise<boolean> => (await this.value('mode{mode="postgres"}')) === 1;

  async segments(): Promise<string[]> {
    return (await readdir(this.rig.journalDir)).filter((name) => /\.(open|sealed)$/.test(name));
  }

  async doubles(): Promise<DoubleDispatch[]> {
    const { rows } = await this.rig.observer.query<DoubleDispatch>('SELECT * FROM ledger_double_dispatches');
    return rows;
  }

  async close(): Promise<void> {
    this.proxy.set('whole');
    await this.rig.close();
    await this.proxy.close();
  }
}
