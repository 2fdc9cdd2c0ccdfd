import { VERIFY_SCOPE } from '../../../../src/contract/number-verification.js';
import { makeAsk } from '../../load/ask.js';
import { Random } from '../../random.js';
import { MAIN_OPERATORS, VIRTUAL_OPERATORS } from '../../virtual-operators.js';
import { VirtualAsp } from '../../world/virtual-asp.js';
import { CatalogueRow, Run } from '../phase.js';
import { until } from '../until.js';

export const FALSE_HOST: CatalogueRow = {
  id: 'C16',
  title: 'hosts and addresses that callers make up',
  short: true,
};
export const OWN_PROOFS: CatalogueRow = {
  id: 'C35',
  title: 'what proves us to one operator is of no use at another',
  short: true,
};
export const SUSPENDED: CatalogueRow = {
  id: 'C38',
  title: 'a suspended tenant is refused by every gateway, with the tokens it has',
  short: true,
};

const FALSE_HEADERS = {
  host: 'evil.example',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'https',
  'x-forwarded-port': '666',
  forwarded: 'for=10.1.0.1;host=evil.example;proto=https',
  'x-original-url': '/admin/v1/tenants',
  'x-real-ip': '10.1.0.1',
};

/** Who we are stands in our configuration, not in requests; where a device is, only our own proxies may say. */
export async function runFalseHost(run: Run): Promise<void> {
  const { report, world } = run;
  const startedAt = performance.now();
  const asp = await VirtualAsp.enrol(world, world.tenants[6]!);
  const problems: string[] = [];
  const paths = [
    '/.well-known/openid-configuration',
    '/authorize?client_id=nobody',
    '/jwks',
    '/openapi.json',
    '/nothing',
  ];
  for (const { url } of world.gateways) {
    for (const path of paths) {
      const { body, headers } = await asp.ask(url + path, { method: 'GET', headers: FALSE_HEADERS });
      const text = JSON.stringify(headers) + body;
      if (text.includes('evil.example')) problems.push(`${path} repeats a made-up host`);
      if (path.includes('openid') && !body.includes(`"issuer":"${asp.issuer}"`))
        problems.push('another issuer');
    }
  }
  await asp.close();
  report.judge({ ...FALSE_HOST, phase: 'attacks', startedAt, problems, figures: { paths: paths.length } });
}

/** RFC 7523, and what became of it: one audience, and a key for each operator (audience injection, mix-up). */
export async function runOwnProofs(run: Run): Promise<void> {
  const { report, world } = run;
  const startedAt = performance.now();
  const asp = await VirtualAsp.enrol(world, world.tenants[7]!);
  const from = await world.sim.position();
  const operators = MAIN_OPERATORS.slice(0, 4).map(({ id }) => id);
  for (const operatorId of operators) await asp.signIn(operatorId);
  await asp.close();
  const records = (await world.sim.recordsSince(from)).filter(({ endpoint }) => endpoint === 'token');
  const problems = records.flatMap(({ operatorId, proof }) => {
    const own = `https://localhost:${world.sim.ports[operatorId]}`;
    const meant = proof?.aud === own || proof?.aud === `${own}/token`;
    return meant ? [] : [`${operatorId} was shown a proof for ${JSON.stringify(proof?.aud)}`];
  });
  const kids = new Set(records.map(({ proof }) => proof?.kid));
  if (records.length !== operators.length)
    problems.push(`${records.length} token requests for ${operators.length} sign-ins`);
  if (kids.size !== operators.length) problems.push(`${kids.size} keys for ${operators.length} operators`);
  report.judge({
    ...OWN_PROOFS,
    phase: 'attacks',
    startedAt,
    problems,
    figures: { 'sign-ins': records.length, keys: kids.size },
  });
}

/** What was given out before does not count any more. */
export async function runSuspended(run: Run): Promise<void> {
  const { load, options, report, thresholds, world } = run;
  const startedAt = performance.now();
  const tenant = world.tenants[8]!;
  const operatorId = VIRTUAL_OPERATORS[0]!.id;
  const random = new Random(`${options.seed}/suspended`);
  const set = (status: string): Promise<unknown> =>
    world.pool.query('UPDATE tenants SET status = $2 WHERE id = $1', [tenant.tenantId, status]);
  const token = world.minter.token({ jti: 'c38-held', tenant, operatorId, scope: VERIFY_SCOPE });
  const refused = async (url: string): Promise<boolean> => {
    const answer = await fetch(`${url}/number-verification/v2/verify`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'x-correlator': 'not one' },
    });
    await answer.arrayBuffer();
    return answer.status === 403;
  };
  const suspendedAt = performance.now();
  await set('suspended');
  const times = await Promise.all(
    world.gateways.map(async ({ url }) => {
      const came = await until(() => refused(url), 10_000, 20);
      return came ? Math.round(performance.now() - suspendedAt) : Infinity;
    }),
  );
  const worst = Math.max(...times);
  await set('active');
  const choice = { kind: 'held', tenant, operatorId, jti: 'c38-held', operation: 'verify' as const };
  const good = async (): Promise<boolean> =>
    (await load.once(makeAsk(world.minter, options.seed, random, choice))).status === 200;
  const problems = worst > thresholds.propagationMs ? [`known everywhere after ${worst} ms`] : [];
  if (!(await until(good, 10_000, 100))) problems.push('the held token is no good afterwards');
  report.judge({ ...SUSPENDED, phase: 'attacks', startedAt, problems, figures: { 'known after': worst } });
}
