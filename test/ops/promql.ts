import { parser } from '@prometheus-io/lezer-promql';

/** One `name{label="…"}` of an expression. */
interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** What an expression of PromQL names. */
export interface Expression {
  readonly selectors: readonly Selector[];
  /** Of `by`, `without`, `on`, `ignoring`, `group_left`. */
  readonly groupings: readonly string[];
  /** What does not parse, as it stands there; empty for a good expression. */
  readonly errors: readonly string[];
}

/** Reads one expression, in which the variables of a dashboard have been replaced. */
export function readPromql(text: string): Expression {
  const selectors: { metric: string; labels: string[] }[] = [];
  const groupings: string[] = [];
  const errors: string[] = [];
  const parents: string[] = [];
  parser.parse(text).iterate({
    enter({ name, from, to, type }) {
      const source = text.slice(from, to);
      if (type.isError) errors.push(`at ${from}: …${text.slice(Math.max(0, from - 20), to + 20)}…`);
      if (name === 'VectorSelector') selectors.push({ metric: '', labels: [] });
      if (name === 'Identifier' && parents.at(-1) === 'VectorSelector') selectors.at(-1)!.metric = source;
      if (name === 'LabelName') {
        if (parents.at(-1) === 'GroupingLabels') groupings.push(source);
        else selectors.at(-1)!.labels.push(source);
      }
      parents.push(name);
    },
    leave() {
      parents.pop();
    },
  });
  return { selectors, groupings, errors };
}
