import { quantile } from '../../check/all.js';
import { Violation, violation } from '../../check/evidence.js';
import { FLOWS, SignInRecord, SignIns } from '../../load/sign-in.js';
import { PostgresOutage } from '../../rows/postgres-outages.js';
import { allRecordIn, Replayed, watchReplay } from '../../world/ledger-state.js';
import { verdictOn } from '../../report/report.js';
import { RowResult } from '../../report/result.js';
import { quietest } from '../overload/innocent.js';
import { Run } from '../phase.js';
import { until } from '../until.js';
import { figuresOf, nothingHappened, runSpell } from './spell.js';

/** Of outages that are not long in any profile. */
const BRIEF_MS = 5_000;
/** From here on nobody waits for Postgres any more. */
const SETTLED_MS = 3_000;
const ROUNDS = 3;

/** Whatever happens to Postgres, calls go on, and all of them are in it afterwards. */
export async function runPostgresOutage(run: Run, outage: PostgresOutage, signIns: SignIns): Promise<void> {
  run.report.add(await quietest(run, (nth) => tryPostgresOutage(run, outage, signIns, outage.label + nth)));
}

async function tryPostgresOutage(
  run: Run,
  outage: PostgresOutage,
  signIns: SignIns,
  label: string,
): Promise<RowResult> {
  const { profile, thresholds, world } = run;
  const signedIn: SignInRecord[] = [];
  let journaled = false;
  let replayed: Replayed | undefined;
  const spell = await runSpell(run, {
    label,
    lastsMs: outage.long ? profile.outageMs : BRIEF_MS,
    breaks: () => outage.breaks(world),
    meanwhile: async () => {
      journaled = await until(() => allRecordIn(world, 'journal'), SETTLED_MS);
      if (outage.signIns) signedIn.push(...(await signInEverywhere(run, signIns)));
    },
    heals: () => outage.heals(world),
    recovered: async () => {
      replayed = await watchReplay(world, thresholds.replayedWithinMs);
    },
  });
  const problems = signedIn
    .filter(({ token }) => token === undefined)
    .map(({ flow, why }) => `${flow}: ${why}`);
  if (!journaled && !passing(outage)) problems.push('the gateways did not notice it');
  if (replayed?.ms === undefined) problems.push('the journals are not empty yet');
  return verdictOn({
    id: outage.id,
    title: outage.title,
    phase: 'dependency',
    startedAt: spell.startedAt,
    violations: [...nothingHappened(run, spell), ...(await noDoubles(run, label))],
    problems,
    figures: {
      ...figuresOf(spell),
      ...(replayed && {
        'lines replayed': replayed.lines,
        'lines/s': replayed.linesPerSecond,
        'returned ms': replayed.ms ?? 'never',
      }),
      ...(signedIn.length > 0 && { 'sign-ins': signedIn.length, ...slowest(signedIn) }),
    },
  });
}

/** Postgres comes back by itself every time, perhaps before anybody has missed it. */
const passing = ({ id }: PostgresOutage): boolean => id === 'D07';

/** Every flow at every gateway, and the token of each is good for a call. */
async function signInEverywhere({ world }: Run, signIns: SignIns): Promise<SignInRecord[]> {
  const done: SignInRecord[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const { url } of world.gateways) {
      for (const flow of FLOWS) done.push(await signIns.run(flow, url));
    }
  }
  return done;
}

function slowest(records: readonly SignInRecord[]): Record<string, number> {
  const groups = Map.groupBy(records, ({ flow }) => flow);
  return Object.fromEntries(
    [...groups].map(([flow, group]) => {
      const times = group.map(({ ms }) => ms);
      return [`${flow} p100`, quantile(times, 1)];
    }),
  );
}

/** No token of this load was used at two processes, so nothing may have been found to be. */
async function noDoubles({ world }: Run, label: string): Promise<Violation[]> {
  const { rows } = await world.pool.query<{ jti: string }>(
    'SELECT jti FROM ledger_double_dispatches WHERE jti LIKE $1',
    [`${label}-%`],
  );
  return rows.map(({ jti }) => violation('I4', jti, 'a double dispatch that was none'));
}
