import { answerOf, everyCall, quantile } from '../../check/all.js';
import { violation } from '../../check/evidence.js';
import { readEvidence } from '../../check/read-evidence.js';
import { makeAsk } from '../../load/ask.js';
import { LoadRecord } from '../../load/load-record.js';
import { Random } from '../../random.js';
import { UNAVAILABLE } from '../../rows/fault-case.js';
import { DEADLINE_MS } from '../../virtual-operators.js';
import { allRecordIn } from '../../world/ledger-state.js';
import { CatalogueRow, Run } from '../phase.js';
import { until } from '../until.js';
import { runSpell, Spell } from './spell.js';

export const CLOSED_POLICY: CatalogueRow = {
  id: 'D03',
  title: 'policy closed: refused without a call, and the tokens stay good',
  short: false,
};

const LABEL = 'd03closed';
const LASTS_MS = 5_000;
const BACK_WITHIN_MS = 10_000;
/** A call whose row may have been written just when the connection broke is refused for being uncertain. */
const SETTLED_MS = 1_000;
const AGAIN = 50;

/** For whoever would rather make no call than record one on a disk. */
export async function runClosedPolicy(run: Run): Promise<void> {
  const { report, thresholds, world } = run;
  await restartAll(run, { LEDGER_POLICY: 'closed' });
  const spell = await runSpell(run, {
    label: LABEL,
    lastsMs: LASTS_MS,
    breaks: () => world.postgres.wire.set({ down: true }),
    heals: () => world.postgres.wire.heal(),
    recovered: async () => void (await until(() => allRecordIn(world, 'postgres'), BACK_WITHIN_MS)),
  });
  const refused = spell.evidence.load.filter((one) => answerOf(one) === UNAVAILABLE);
  const again = await useAgain(run, refused);
  const all = [...spell.evidence.load, ...again];
  const evidence = await readEvidence(world, LABEL, all, spell.from);
  const wrong = again.filter(({ expected, verdict }) => verdict !== expected);
  report.judge({
    ...CLOSED_POLICY,
    phase: 'dependency',
    startedAt: spell.startedAt,
    violations: [
      ...everyCall(evidence, DEADLINE_MS + thresholds.answerSlackMs + spell.stallMs),
      ...wrong.map((one) => violation('row', one.jti, `the token it left is ${answerOf(one)}`)),
      ...dispatched(spell),
    ],
    problems: refused.length === 0 ? ['nothing was refused'] : [],
    figures: {
      calls: spell.evidence.load.length,
      refused: refused.length,
      'refused p50': quantile(refused.map(msOf), 0.5),
      'refused p99': quantile(refused.map(msOf), 0.99),
      'used again': again.length,
    },
  });
  await restartAll(run, {});
}

const msOf = ({ ms }: LoadRecord): number => ms;

/** No operator has seen a call of that time, and no answer was anything but 503. */
function dispatched({ brokenAt, healedAt, evidence }: Spell): ReturnType<typeof violation>[] {
  const within = ({ at }: { at: number }): boolean => at > brokenAt + SETTLED_MS && at < healedAt;
  const other = evidence.load.filter((one) => within({ at: one.sentAt }) && answerOf(one) !== UNAVAILABLE);
  return [
    ...evidence.sim.filter(within).map(({ jti }) => violation('row', jti, 'dispatched without Postgres')),
    ...other.map((one) => violation('row', one.jti, `answered ${answerOf(one)}`)),
  ];
}

async function useAgain(
  { load, options, world }: Run,
  refused: readonly LoadRecord[],
): Promise<LoadRecord[]> {
  const random = new Random(`${options.seed}/${LABEL}/again`);
  const step = Math.max(1, Math.floor(refused.length / AGAIN));
  const results: LoadRecord[] = [];
  for (const { jti, operation, operatorId, tenantId } of refused.filter((_, at) => at % step === 0)) {
    const tenant = world.tenants.find((one) => one.tenantId === tenantId)!;
    const choice = { kind: 'again', tenant, operatorId, jti, operation };
    const once = (): Promise<LoadRecord> => load.once(makeAsk(world.minter, options.seed, random, choice));
    let record = await once();
    // One whose row may have been written meanwhile is refused until it has certainly been taken back.
    await until(
      async () => record.status !== 503 || (record = await once()).status !== 503,
      BACK_WITHIN_MS,
      250,
    );
    results.push(record);
  }
  return results;
}

/** With another environment for once; `{}` is the usual one. */
async function restartAll({ world }: Run, env: Readonly<Record<string, string>>): Promise<void> {
  await Promise.all(world.gateways.map((gateway) => gateway.stop()));
  for (const gateway of world.gateways) gateway.start(env);
  await Promise.all(world.gateways.map((gateway) => gateway.ready()));
  await until(() => world.balancer.ready.length === world.gateways.length, BACK_WITHIN_MS);
}
