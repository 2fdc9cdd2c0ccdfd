import { LoadRecord } from '../../load/load-record.js';
import { OtherRecord, OtherRequest } from './other-request.js';

export const round = (share: number): number => Math.round(share * 100) / 100;

/** What part of each class was refused; a call is of the class that finishes, as the token endpoint is. */
export function refusedShares(
  calls: readonly LoadRecord[],
  others: readonly OtherRecord[],
): Record<OtherRequest['urgency'], number> {
  const share = (urgency: OtherRequest['urgency']): number => {
    const all = [...others.filter((one) => one.urgency === urgency), ...(urgency === 'finish' ? calls : [])];
    return all.filter(({ status }) => status === 503).length / all.length;
  };
  return { finish: share('finish'), start: share('start'), rest: share('rest') };
}

/** Admin goes first, then what begins, what finishes last. */
export function orderProblems({ finish, rest, start }: Record<OtherRequest['urgency'], number>): string[] {
  const right = finish < start && start <= rest;
  return right
    ? []
    : [`refused ${round(finish)} of what finishes, ${round(start)} of sign-ins, ${round(rest)} of the rest`];
}
