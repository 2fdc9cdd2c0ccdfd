import { setTimeout as sleep } from 'node:timers/promises';
import { violation, Violation } from '../../check/evidence.js';
import { bytesOf, VERIFY } from '../../rows/attack-case.js';
import { MAIN_OPERATORS } from '../../virtual-operators.js';
import { sumOverPods } from '../../world/metrics-page.js';
import { faultsOf } from '../legal-reply.js';
import { CatalogueRow, Run } from '../phase.js';
import { until } from '../until.js';
import { Stake, stakeOf } from './still-good.js';
import { speak } from './wire.js';

export const GONE: CatalogueRow = {
  id: 'C43',
  title: 'callers who hang up while they are answered',
  short: true,
};
export const PIPELINED: CatalogueRow = {
  id: 'C44',
  title: 'fifty requests down one connection',
  short: true,
};

const CALLERS = 30;
const PIPELINE = 50;

/** What was sent is on record as it ended, whether anybody still listens or not; it is no error of ours. */
export async function runGone(run: Run): Promise<void> {
  const { report, world } = run;
  const startedAt = performance.now();
  const operators = MAIN_OPERATORS.map(({ id }) => id);
  const errors = (): Promise<number> =>
    sumOverPods(
      world.gateways.map(({ managementUrl }) => managementUrl),
      'nvgw_http_requests_total',
      { outcome_class: 'gateway_error' },
    );
  const before = await errors();
  for (const operator of operators) await world.sim.fault({ operator, fault: 'slow' });
  const from = await world.sim.position();
  await Promise.all(
    Array.from({ length: CALLERS }, async (_, nth) => {
      const { good } = stakeOf(run, `c43-${nth}`);
      const { url } = world.gateways[nth % world.gateways.length]!;
      await speak(url, [bytesOf(good)], { withinMs: 100 });
    }),
  );
  const rows = async (): Promise<(string | null)[]> => {
    const text = "SELECT result FROM usage_ledger WHERE jti LIKE 'c43-%'";
    return (await world.pool.query<{ result: string | null }>(text)).rows.map(({ result }) => result);
  };
  await sleep(300);
  await until(async () => (await rows()).every((result) => result !== null), 5_000, 100);
  for (const operator of operators) await world.sim.heal(operator);
  const results = await rows();
  const arrived = (await world.sim.recordsSince(from)).filter(({ jti }) => jti.startsWith('c43-')).length;
  const good = results.filter((result) => result === 'MATCH').length;
  const counted = (await errors()) - before;
  const problems = [
    ...(arrived === results.length ? [] : [`${arrived} calls arrived, ${results.length} are on record`]),
    ...(good === results.length ? [] : [`${results.length - good} of them with another outcome`]),
    ...(arrived > 0 ? [] : ['no call arrived']),
    ...(counted === 0 ? [] : [`${counted} counted as errors of ours`]),
  ];
  report.judge({
    ...GONE,
    phase: 'attacks',
    startedAt,
    problems,
    figures: { callers: CALLERS, arrived, good },
  });
}

/** Each is answered, in its turn, as if it had come alone. */
export async function runPipelined(run: Run): Promise<void> {
  const { report, world } = run;
  const startedAt = performance.now();
  const stakes = Array.from({ length: PIPELINE }, (_, nth) => stakeOf(run, `c44-${nth}`));
  const { url } = world.gateways[0]!;
  const bytes = Buffer.concat(stakes.map((stake, nth) => openly(stake, nth === PIPELINE - 1)));
  const { ms, replies } = await speak(url, [bytes], { withinMs: 10_000, replies: PIPELINE });
  const violations: Violation[] = replies.flatMap((reply, nth) => {
    const right = reply.status === 200 && reply.body === '{"devicePhoneNumberVerified":true}';
    const what = right ? faultsOf(reply, VERIFY) : [`answered ${reply.status}`];
    return what.map((one) => violation('row', `request ${nth}`, one));
  });
  const problems = replies.length === PIPELINE ? [] : [`${replies.length} answers to ${PIPELINE} requests`];
  report.judge({
    ...PIPELINED,
    phase: 'attacks',
    startedAt,
    problems,
    violations,
    figures: { replies: replies.length, ms },
  });
}

/** All but the last leave the connection open. */
function openly({ good }: Stake, last: boolean): Buffer {
  const bytes = bytesOf(good);
  return last ? bytes : Buffer.from(bytes.toString('latin1').replace('connection: close\r\n', ''), 'latin1');
}
