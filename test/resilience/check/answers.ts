import { LoadRecord } from '../load/load-record.js';
import { byJti, Evidence, Violation, violation } from './evidence.js';

/**
 * I1: every call has exactly one answer, within its deadline.
 * @param withinMs deadline and tolerance
 * @param mayBeLost calls that a killed process took with it
 * @param ownMs what of a call's time was the load's own, beyond that tolerance
 */
export function answersOnceInTime(
  { load }: Pick<Evidence, 'load'>,
  withinMs: number,
  mayBeLost: (jti: string) => boolean = () => false,
  ownMs: (call: LoadRecord) => number = () => 0,
): Violation[] {
  const found: Violation[] = [];
  const seen = new Set<string>();
  for (const call of load) {
    const { correlator, jti, ms, status, code } = call;
    if (seen.has(correlator)) found.push(violation('I1', jti, 'a second answer'));
    seen.add(correlator);
    if (status === 0 && !mayBeLost(jti)) found.push(violation('I1', jti, `no answer: ${code}`));
    else if (ms > withinMs && ms - ownMs(call) > withinMs)
      found.push(violation('I1', jti, `${Math.round(ms)} ms, ${status} ${code}`));
  }
  return found;
}

/** I2: status, code, body, correlator are those that the northbound version allows. */
export function answersLegally({ load }: Pick<Evidence, 'load'>): Violation[] {
  return load
    .filter(({ illegal }) => illegal !== '')
    .map(({ illegal, jti, status }) => violation('I2', jti, `${status}: ${illegal}`));
}

/** I3: a verdict is the truth, it was given by the operator, and no fault ever became one. */
export function answersTruly({ load, sim }: Pick<Evidence, 'load' | 'sim'>): Violation[] {
  const received = byJti(sim);
  return load.flatMap(({ expected, jti, status, verdict }) => {
    if (status !== 200) return [];
    if (verdict !== expected) return [violation('I3', jti, `${verdict} instead of ${expected}`)];
    const honest = received
      .get(jti)
      ?.some((record) => (record.fault === '' || HARMLESS.has(record.fault)) && record.verdict === verdict);
    return honest ? [] : [violation('I3', jti, 'a verdict nobody gave')];
  });
}

/** Not wrong in themselves: the right answer in another form, or a connection closed in order afterwards. */
export const HARMLESS: ReadonlySet<string> = new Set([
  'idle_close',
  'slow',
  'close_after',
  'share_without_plus',
  'share_00',
]);

/** I5: no operator ever sees a token twice, and no call is answered by another operator. */
export function spendsOnce({ load, sim }: Pick<Evidence, 'load' | 'sim'>): Violation[] {
  const found: Violation[] = [];
  for (const [jti, records] of byJti(sim)) {
    if (jti !== '' && records.length > 1) found.push(violation('I5', jti, `seen ${records.length} times`));
  }
  for (const [jti, records] of byJti(load)) {
    const good = records.filter(({ status }) => status === 200).length;
    if (good > 1) found.push(violation('I5', jti, `${good} verdicts for one token`));
  }
  return found;
}

/** I7: what was asked by one tenant of one operator is on the record for them, and for nobody else. */
export function keepsApart({ load, sim, rows }: Evidence): Violation[] {
  const asked = byJti(load);
  const received = byJti(sim);
  return rows.flatMap((row) => {
    const call = asked.get(row.jti)?.[0];
    if (!call) return [];
    const own =
      row.tenantId === call.tenantId &&
      row.subscriptionId === call.subscriptionId &&
      row.operatorId === call.operatorId;
    const there = received.get(row.jti)?.every(({ operatorId }) => operatorId === call.operatorId) ?? true;
    return own && there ? [] : [violation('I7', row.jti, 'another tenant or operator on the record')];
  });
}
