import { RunResult } from './result.js';

/** A table per phase, failures first in words. */
export function toMarkdown(run: RunResult): string {
  const { machine, profile, rows, seconds, seed, startedAt } = run;
  const count = (outcome: string): number => rows.filter((row) => row.outcome === outcome).length;
  const lines = [
    '# Resilience report',
    '',
    `${startedAt}, profile ${profile}, SEED=${seed}, ${Math.round(seconds)} s, ${machine.cores} cores, Node ${machine.node}`,
    '',
    `**${count('pass')} passed, ${count('fail')} failed, ${count('skip')} not proven here**`,
  ];
  for (const [phase, results] of Map.groupBy(rows, (row) => row.phase)) {
    lines.push('', `## ${phase}`, '', '| Row | Test | Outcome | Figures |', '| --- | --- | --- | --- |');
    for (const { id, title, outcome, figures, problems } of results) {
      const facts = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
      const said = [facts.join(', '), ...problems.slice(0, 5)].filter((part) => part !== '').join('<br>');
      lines.push(`| ${id} | ${cell(title)} | ${outcome} | ${cell(said)} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
