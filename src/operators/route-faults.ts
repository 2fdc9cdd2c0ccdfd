import ipaddr from 'ipaddr.js';
import { Operator } from './operator.js';
import { OperatorFault } from './operator-config.error.js';

/**
 * Operators that are on must not claim the same device or number: a device sent to the wrong operator is
 * told that its own number is not its own. What is off routes nothing and so overlaps nothing, unless there is another
 * way to its network.
 */
export function routeFaults(
  operators: readonly Operator[],
  fileOf: (operator: Operator) => string,
): OperatorFault[] {
  const on = new Set(operators.filter(({ off }) => off === undefined).map(({ id }) => id));
  const routed = operators.filter(({ id, alternatives }) => [id, ...alternatives].some((one) => on.has(one)));
  return routed.flatMap((operator, index) =>
    routed.slice(0, index).flatMap((earlier) => {
      const fault = (field: string, mine: string, theirs: string): OperatorFault => ({
        file: fileOf(operator),
        field,
        remedy: `${mine} overlaps ${theirs} of ${fileOf(earlier)}: give it to one of the two`,
      });
      return [
        ...pairs(operator.routes.cidrs, earlier.routes.cidrs, cidrsOverlap).map(([mine, theirs]) =>
          fault('routes.cidrs', mine, theirs),
        ),
        // A longer prefix inside a shorter one is a rule of its own; only the same one twice is none.
        ...pairs(operator.routes.prefixes, earlier.routes.prefixes, (a, b) => a === b).map(([mine, theirs]) =>
          fault('routes.prefixes', mine, theirs),
        ),
      ];
    }),
  );
}

function pairs(
  mine: readonly string[],
  theirs: readonly string[],
  clash: (a: string, b: string) => boolean,
): [string, string][] {
  return mine.flatMap((a) => theirs.filter((b) => clash(a, b)).map((b): [string, string] => [a, b]));
}

function cidrsOverlap(a: string, b: string): boolean {
  const [[one, oneBits], [other, otherBits]] = [ipaddr.parseCIDR(a), ipaddr.parseCIDR(b)];
  if (one.kind() !== other.kind()) return false;
  return one.match(other, Math.min(oneBits, otherBits));
}
