import { makeAsk } from '../../load/ask.js';
import { LoadRecord } from '../../load/load-record.js';
import { Random } from '../../random.js';
import { Run } from '../phase.js';

/**
 * What was refused leaves its token good: the proof is to use it.
 * @param refused records of calls that reached no operator; some of them are taken
 * @returns the calls that were made with their tokens
 */
export async function useAgain(
  { load, options, world }: Run,
  refused: readonly LoadRecord[],
  most = 5,
): Promise<LoadRecord[]> {
  const random = new Random(`${options.seed}/use-again`);
  const results: LoadRecord[] = [];
  for (const { jti, operation, operatorId, tenantId } of refused.slice(0, most)) {
    const tenant = world.tenants.find((one) => one.tenantId === tenantId)!;
    const choice = { kind: 'again', tenant, operatorId, jti, operation };
    results.push(await load.once(makeAsk(world.minter, options.seed, random, choice)));
  }
  return results;
}

/** @returns what there is to complain of: a token that a refusal has spent */
export function stillGood(again: readonly LoadRecord[], least: number): string[] {
  const spent = again.filter(({ expected, status, verdict }) => status !== 200 || verdict !== expected);
  return [
    ...(again.length < least ? [`only ${again.length} tokens of refused calls could be tried`] : []),
    ...spent.map(({ jti, status, code }) => `the token of ${jti} was spent: ${status} ${code}`),
  ];
}
