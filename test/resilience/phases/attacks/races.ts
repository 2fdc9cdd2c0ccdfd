import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { violation, Violation } from '../../check/evidence.js';
import { VERIFY } from '../../rows/attack-case.js';
import { MAIN_OPERATORS } from '../../virtual-operators.js';
import { Said, VirtualAsp } from '../../world/virtual-asp.js';
import { faultsOf } from '../legal-reply.js';
import { CatalogueRow, Run } from '../phase.js';
import { codeIn } from './odd-requests.js';
import { stakeOf } from './still-good.js';

const AT_ONCE = 100;
const OPERATOR = MAIN_OPERATORS[0]!.id;

export const ASSERTION_RACE: CatalogueRow = {
  id: 'C24',
  title: 'one client assertion a hundred times at two gateways',
  short: true,
};
export const CODE_RACE: CatalogueRow = {
  id: 'C25',
  title: 'one code a hundred times at two gateways',
  short: true,
};
export const TOKEN_RACE: CatalogueRow = {
  id: 'C26',
  title: 'one token a hundred times at two gateways',
  short: true,
};

interface Race {
  readonly row: CatalogueRow;
  /** What the one says who is first, and what all the others say. */
  readonly first: string;
  readonly others: readonly string[];
  /** @param nth round; all answers of it */
  round(nth: number): Promise<Said[]>;
  /** What else there is to complain of at the end. */
  atLast?(): Promise<string[]>;
}

/** One bearer of one thing wins, whichever gateway hears him. */
export async function runRaces(run: Run, wanted: readonly CatalogueRow[]): Promise<void> {
  const asp = await VirtualAsp.enrol(run.world, run.world.tenants[5]!);
  for (const race of [assertions(run, asp), codes(run, asp), tokens(run)]) {
    if (wanted.includes(race.row)) await judge(run, race);
  }
  await asp.close();
}

async function judge({ profile, report }: Run, race: Race): Promise<void> {
  const startedAt = performance.now();
  const violations: Violation[] = [];
  const rounds = profile.races;
  for (let nth = 0; nth < rounds; nth++) {
    const answers = (await race.round(nth)).map((reply) => ({
      reply,
      told: `${reply.status} ${codeIn(reply)}`.trim(),
    }));
    const winners = answers.filter(({ told }) => told === race.first).length;
    if (winners !== 1) violations.push(violation('I5', `round ${nth}`, `${winners} were accepted`));
    for (const { reply, told } of answers) {
      if (told !== race.first && !race.others.includes(told))
        violations.push(violation('row', `round ${nth}`, `answered ${told}`));
      const path = race.row === TOKEN_RACE ? VERIFY : '/token';
      violations.push(...faultsOf(reply, path).map((what) => violation('I2', `round ${nth}`, what)));
    }
  }
  const problems = (await race.atLast?.()) ?? [];
  report.judge({
    ...race.row,
    phase: 'attacks',
    startedAt,
    violations,
    problems,
    figures: { rounds, requests: rounds * AT_ONCE },
  });
}

/** Its bearer is let in once: what he asks for is nothing, so that is all that tells. */
function assertions({ world }: Run, asp: VirtualAsp): Race {
  return {
    row: ASSERTION_RACE,
    first: '400 invalid_grant',
    others: ['401 invalid_client'],
    round: async () => {
      const assertion = await asp.assertion();
      const nothing = { code: randomUUID(), verifier: 'x'.repeat(43) };
      return atOnce(world.gateways, (at) => asp.redeem(nothing, { at, assertion }));
    },
  };
}

function codes({ world }: Run, asp: VirtualAsp): Race {
  return {
    row: CODE_RACE,
    first: '200 undefined',
    others: ['400 invalid_grant'],
    round: async () => {
      const code = await asp.signIn(OPERATOR);
      return atOnce(world.gateways, (at) => asp.redeem(code, { at }));
    },
  };
}

function tokens(run: Run): Race {
  const { sim, pool, gateways } = run.world;
  const jtis: string[] = [];
  let from: number | undefined;
  return {
    row: TOKEN_RACE,
    first: '200 undefined',
    others: ['401 UNAUTHENTICATED'],
    round: async (nth) => {
      from ??= await sim.position();
      const { good, jti } = stakeOf(run, `c26-${nth}`);
      jtis.push(jti);
      const pools = new Map(gateways.map(({ url }) => [url, new Pool(url, { connections: AT_ONCE })]));
      const answers = await atOnce(gateways, async (at) => {
        const answer = await pools.get(at)!.request({
          method: 'POST',
          path: VERIFY,
          headers: { authorization: `Bearer ${good.token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ phoneNumber: good.number }),
        });
        return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() };
      });
      await Promise.all([...pools.values()].map((one) => one.destroy()));
      return answers;
    },
    atLast: async () => {
      const seen = (await sim.recordsSince(from!)).filter(({ jti }) => jtis.includes(jti));
      const { rowCount } = await pool.query('SELECT FROM usage_ledger WHERE jti = ANY($1)', [jtis]);
      return [
        ...(seen.length === jtis.length ? [] : [`${seen.length} calls for ${jtis.length} tokens`]),
        ...(rowCount === jtis.length ? [] : [`${rowCount} rows for ${jtis.length} tokens`]),
      ];
    },
  };
}

function atOnce(gateways: readonly { url: string }[], ask: (at: string) => Promise<Said>): Promise<Said[]> {
  return Promise.all(
    Array.from({ length: AT_ONCE }, (_, index) => ask(gateways[index % gateways.length]!.url)),
  );
}
