import { setTimeout as sleep } from 'node:timers/promises';
import { everyCall, quantile } from '../../check/all.js';
import { readEvidence } from '../../check/read-evidence.js';
import { violation } from '../../check/evidence.js';
import { verdictOn } from '../../report/report.js';
import { RowResult } from '../../report/result.js';
import { DEADLINE_MS, MAIN_OPERATORS } from '../../virtual-operators.js';
import { CatalogueRow, Run } from '../phase.js';
import { Stalls } from '../stalls.js';
import { harmedBy, quietest } from './innocent.js';
import { limitTenant } from './limit-tenant.js';
import { stillGood, useAgain } from './use-again.js';

const LIMIT_PER_SECOND = 20;
const TIMES_TOO_MUCH = 10;
const INNOCENT_PER_SECOND = 200;
const REFUSED_WITHIN_MS = 1_000;

export const NOISY_TENANT: CatalogueRow = {
  id: 'O02',
  title: 'one tenant at ten times its limit',
  short: true,
};

/** Who asks too much is told so, and nobody else notices. */
export async function runNoisyTenant(run: Run): Promise<void> {
  const noisy = run.world.tenants[0]!;
  await limitTenant(run.world, noisy, { ratePerSecond: LIMIT_PER_SECOND, burst: LIMIT_PER_SECOND });
  run.report.add(await quietest(run, (nth) => attempt(run, nth)));
  await limitTenant(run.world, noisy, {});
}

async function attempt(run: Run, nth: number): Promise<RowResult> {
  const { load, profile, thresholds, world } = run;
  const startedAt = performance.now();
  const operatorIds = MAIN_OPERATORS.map(({ id }) => id);
  const [noisy, ...others] = world.tenants;
  const from = await world.sim.position();
  const stalls = new Stalls();
  stalls.begin();
  const innocent = load.start({
    label: `o02v${nth}`,
    kind: 'victim',
    operatorIds,
    tenants: others,
    ratePerSecond: INNOCENT_PER_SECOND,
  });
  await sleep(profile.loudMs);
  const loudAt = Date.now();
  const loud = await load.run({
    label: `o02n${nth}`,
    kind: 'noisy',
    operatorIds,
    tenants: [noisy!],
    ratePerSecond: LIMIT_PER_SECOND * TIMES_TOO_MUCH,
    durationMs: profile.loudMs,
  });
  innocent.stop();
  const victims = await innocent.done;
  const refused = loud.filter(({ status }) => status === 429);
  // One every so often is within the limit again.
  await sleep(1_000);
  const again = await useAgain(run, refused);
  const stallMs = stalls.end();
  const evidence = [
    await readEvidence(world, `o02v${nth}`, victims, from),
    await readEvidence(world, `o02n${nth}`, [...loud, ...again], from),
  ];
  const passed = loud.filter(({ status }) => status === 200).length;
  const allowed = LIMIT_PER_SECOND * (1 + profile.loudMs / 1_000);
  const firstMs = Math.min(...refused.map(({ ms, sentAt }) => sentAt + ms - loudAt));
  const harm = harmedBy(
    run,
    victims.filter(({ sentAt }) => sentAt < loudAt),
    victims.filter(({ sentAt }) => sentAt >= loudAt),
  );
  return verdictOn({
    ...NOISY_TENANT,
    phase: 'overload',
    startedAt,
    violations: [
      ...harm.violations,
      ...evidence.flatMap((one) => everyCall(one, DEADLINE_MS + thresholds.answerSlackMs + stallMs)),
      ...loud
        .filter(({ code, retryAfter, status }) => {
          return status !== 200 && (code !== 'TOO_MANY_REQUESTS' || !(Number(retryAfter) >= 1));
        })
        .map(({ jti, status, code }) => violation('row', jti, `refused by ${status} ${code}`)),
    ],
    problems: [
      ...stillGood(again, 3),
      ...(firstMs <= REFUSED_WITHIN_MS + stallMs ? [] : [`first refused after ${firstMs} ms`]),
      ...(passed <= allowed * (1 + thresholds.limitSlack)
        ? []
        : [`${passed} calls passed; limit ${allowed}`]),
      ...(passed >= allowed * (1 - 2 * thresholds.limitSlack) ? [] : [`only ${passed} of ${allowed} passed`]),
    ],
    figures: {
      ...harm.figures,
      'noisy passed': passed,
      'noisy refused': refused.length,
      'refused p50': quantile(
        refused.map(({ ms }) => ms),
        0.5,
      ),
      'used again': again.length,
      stall: stallMs,
    },
  });
}
