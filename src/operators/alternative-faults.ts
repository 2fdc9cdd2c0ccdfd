import { Operator } from './operator.js';
import { OperatorFault } from './operator-config.error.js';

/**
 * Alternatives must exist, be as real as the operator they stand in for, and come behind it: of two operators that
 * stood behind each other neither would be the one that serves the network.
 * @param known ids of all folders, also of those whose manifest is wrong
 */
export function alternativeFaults(
  operators: readonly Operator[],
  known: ReadonlySet<string>,
  fileOf: (operator: Operator) => string,
): OperatorFault[] {
  const byId = new Map(operators.map((operator) => [operator.id, operator]));
  return operators.flatMap((operator) =>
    operator.alternatives.flatMap((_id, index) => {
      const remedy = remedyFor(operator, index, byId, known);
      return remedy === undefined ? [] : { file: fileOf(operator), field: `alternatives.${index}`, remedy };
    }),
  );
}

function remedyFor(
  operator: Operator,
  index: number,
  byId: ReadonlyMap<string, Operator>,
  known: ReadonlySet<string>,
): string | undefined {
  const id = operator.alternatives[index]!;
  if (!known.has(id)) return `write the id of another operator: there is no folder ${id}`;
  if (operator.alternatives.indexOf(id) !== index) return `remove it: ${id} is named already`;
  const loop = pathBack(id, operator.id, byId);
  if (loop) return `remove it: ${[operator.id, ...loop].join(' → ')} leads back to where it began`;
  const alternative = byId.get(id);
  if (alternative && (alternative.lifecycle === 'sandbox') !== (operator.lifecycle === 'sandbox')) {
    return `remove it: a simulated operator and a real one cannot stand in for each other, and ${id} is ${alternative.lifecycle}`;
  }
  return undefined;
}

/** @returns the ids from `from` to `to` by way of alternatives, both included; undefined when there is no way */
function pathBack(
  from: string,
  to: string,
  byId: ReadonlyMap<string, Operator>,
  seen = new Set<string>(),
): string[] | undefined {
  if (from === to) return [to];
  if (seen.has(from)) return undefined;
  seen.add(from);
  for (const next of byId.get(from)?.alternatives ?? []) {
    const rest = pathBack(next, to, byId, seen);
    if (rest) return [from, ...rest];
  }
  return undefined;
}
