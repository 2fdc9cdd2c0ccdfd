import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { VERIFY_SCOPE } from '../../../../src/contract/number-verification.js';
import { quantile } from '../../check/all.js';
import { violation, Violation } from '../../check/evidence.js';
import { Random } from '../../random.js';
import { VERIFY } from '../../rows/attack-case.js';
import { tokenMutants } from '../../rows/token-mutants.js';
import { MAIN_OPERATORS } from '../../virtual-operators.js';
import { SeededTenant } from '../../world/seed-tenants.js';
import { faultsOf } from '../legal-reply.js';
import { CatalogueRow, Run } from '../phase.js';
import { spentProblems, stakeOf } from './still-good.js';

export const MUTANTS: CatalogueRow = {
  id: 'C18',
  title: 'tokens with other algorithms, keys, headers, bytes',
  short: true,
};
export const TIMES: CatalogueRow = { id: 'C20', title: 'tokens of the past and of the future', short: true };
export const MIXED_UP: CatalogueRow = {
  id: 'C21',
  title: "one tenant's token with the registration of another",
  short: true,
};

const AT_ONCE = 16;

/** None of them opens anything, and the one they were made of still does. */
export async function runMutants(run: Run): Promise<void> {
  const { options, profile } = run;
  const stake = stakeOf(run, 'c18-0');
  const other = stakeOf(run, 'c18-1');
  const random = new Random(`${options.seed}/mutants`);
  const tokens = tokenMutants(stake.good.token, other.good.token, random, profile.tokenMutants);
  await refuses(run, MUTANTS, tokens, '401 UNAUTHENTICATED', () => spentProblems(run, stake));
}

export async function runTimes(run: Run): Promise<void> {
  const now = Math.floor(Date.now() / 1_000);
  const tenant = run.world.tenants[0]!;
  const operatorId = MAIN_OPERATORS[0]!.id;
  const tokens = [-100_000, -301, -300, 30, 60, 299, 100_000].map((seconds, index) =>
    run.world.minter.token({
      jti: `c20-${index}`,
      tenant,
      operatorId,
      scope: VERIFY_SCOPE,
      issuedAt: now + seconds,
    }),
  );
  await refuses(run, TIMES, tokens, '401 UNAUTHENTICATED', async () => []);
}

/** Whoever could seal a token would still have to name what belongs together. */
export async function runMixedUp(run: Run): Promise<void> {
  const [one, two] = run.world.tenants as [SeededTenant, SeededTenant];
  const operatorId = MAIN_OPERATORS[0]!.id;
  const wrong: SeededTenant[] = [
    { ...one, tenantId: two.tenantId },
    { ...one, applicationId: two.applicationId },
    { ...one, subscriptionId: two.subscriptionId },
    { ...one, tenantId: randomUUID() },
    { ...one, subscriptionId: randomUUID() },
  ];
  const tokens = wrong.map((tenant, index) =>
    run.world.minter.token({ jti: `c21-${index}`, tenant, operatorId, scope: VERIFY_SCOPE }),
  );
  await refuses(run, MIXED_UP, tokens, '403 PERMISSION_DENIED', async () => []);
}

async function refuses(
  run: Run,
  row: CatalogueRow,
  tokens: readonly string[],
  expected: string,
  atLast: () => Promise<string[]>,
): Promise<void> {
  const { gateways, sim } = run.world;
  const startedAt = performance.now();
  const from = await sim.position();
  const pools = gateways.map(({ url }) => new Pool(url, { connections: AT_ONCE }));
  const violations: Violation[] = [];
  const times: number[] = [];
  let next = 0;
  const attacker = async (): Promise<void> => {
    while (next < tokens.length) {
      const index = next++;
      const began = performance.now();
      const answer = await pools[index % pools.length]!.request({
        method: 'POST',
        path: VERIFY,
        headers: { authorization: `Bearer ${tokens[index]}`, 'content-type': 'application/json' },
        body: '{"phoneNumber":"+99012345678"}',
      });
      const body = await answer.body.text();
      times.push(performance.now() - began);
      const reply = { status: answer.statusCode, headers: answer.headers, body };
      const told = `${reply.status} ${(JSON.parse(body) as { code?: string }).code}`;
      const faults = [...faultsOf(reply, VERIFY), ...(told === expected ? [] : [`answered ${told}`])];
      violations.push(...faults.map((what) => violation('row', `token ${index}`, what)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, attacker));
  await Promise.all(pools.map((pool) => pool.destroy()));
  const arrived = (await sim.recordsSince(from)).length;
  run.report.judge({
    ...row,
    phase: 'attacks',
    startedAt,
    violations,
    problems: [...(arrived > 0 ? [`${arrived} calls reached an operator`] : []), ...(await atLast())],
    figures: { tokens: tokens.length, p50: quantile(times, 0.5), p100: quantile(times, 1) },
  });
}
