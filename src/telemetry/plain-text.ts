const TYPE = /^# TYPE (\S+) (\S+)$/;
const HELP = /^# HELP (\S+) /;
/** Behind the value of a sample, never inside a label's: those are closed sets without a `#`. */
const EXEMPLAR = / # \{.*$/;

/**
 * Makes Prometheus' text format 0.0.4 out of OpenMetrics text: counters are announced by their full name, and there
 * are neither exemplars nor an end mark.
 */
export function plainText(openMetrics: string): string {
  const lines = openMetrics.split('\n').filter((line) => line !== '# EOF');
  const counters = new Set<string>();
  for (const line of lines) {
    const [, name, type] = TYPE.exec(line) ?? [];
    if (name !== undefined && type === 'counter') counters.add(name);
  }
  return lines
    .map((line) => (line.startsWith('#') ? announced(line, counters) : line.replace(EXEMPLAR, '')))
    .join('\n');
}

function announced(line: string, counters: ReadonlySet<string>): string {
  const name = (HELP.exec(line) ?? TYPE.exec(line))?.[1];
  return name !== undefined && counters.has(name) ? line.replace(name, `${name}_total`) : line;
}
