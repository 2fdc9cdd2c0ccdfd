import { Violation, violation } from './evidence.js';

export interface AuditRow {
  readonly id: string;
  readonly prevHash: string;
  readonly hash: string;
}

/** I12: one entry per change, each chained to the one before. @param rows in the order of the chain */
export function auditComplete(
  mutations: number,
  rows: readonly AuditRow[],
  hashOf: (row: AuditRow) => string,
): Violation[] {
  const broken = rows.flatMap((row, at) => {
    const before = rows[at - 1];
    if (before !== undefined && row.prevHash !== before.hash)
      return [violation('I12', row.id, 'not chained to the one before')];
    return row.hash === hashOf(row) ? [] : [violation('I12', row.id, 'changed after it was written')];
  });
  if (rows.length === mutations) return broken;
  return [violation('I12', '', `${mutations} changes, ${rows.length} entries`), ...broken];
}

/** pino's `error`. */
const ERROR_LEVEL = 50;
const WARNINGS = /MaxListenersExceeded|UnhandledPromiseRejection|uncaughtException|DeprecationWarning/;

/**
 * I14: logs without errors, and processes that end in order.
 * @param logs JSON lines; a line that is none must be expected, too
 * @param expected messages that the faults of the run explain
 */
export function endedInOrder(
  logs: readonly { name: string; text: string }[],
  exits: readonly (number | string)[],
  expected: readonly RegExp[],
): Violation[] {
  const found: Violation[] = exits
    .filter((exit) => exit !== 0)
    .map((exit) => violation('I14', '', `ended with ${exit}`));
  for (const { name, text } of logs) {
    const complaints = text.split('\n').filter((line) => line !== '' && isComplaint(line));
    for (const line of new Set(complaints.map(withoutTime))) {
      if (!expected.some((pattern) => pattern.test(line)))
        found.push(violation('I14', '', `${name}: ${line.slice(0, 300)}`));
    }
  }
  return found;
}

function isComplaint(line: string): boolean {
  if (WARNINGS.test(line)) return true;
  if (!line.startsWith('{')) return false;
  try {
    return ((JSON.parse(line) as { level?: number }).level ?? 0) >= ERROR_LEVEL;
  } catch {
    return true;
  }
}

function withoutTime(line: string): string {
  return line.replace(/"(time|correlator)":"[^"]*",?/g, '');
}
