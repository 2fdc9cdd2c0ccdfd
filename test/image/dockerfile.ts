/** One instruction of a Dockerfile, its continuation lines joined. */
interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** What lies between one FROM and the next. */
export interface Stage {
  readonly base: string;
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  /** ARGs before the first FROM, by name. */
  readonly defaults: ReadonlyMap<string, string>;
  readonly stages: readonly Stage[];
}

/**
 * Reads a Dockerfile without heredocs.
 * @throws Error for a line that is no instruction, and for a stage without a name
 */
export function readDockerfile(text: string): Dockerfile {
  const instructions = instructionsOf(text);
  const first = instructions.findIndex(({ name }) => name === 'FROM');
  const defaults = instructions
    .slice(0, first)
    .map(({ text: given }) => given.split(/=(.*)/s) as [string, string]);
  const stages: { base: string; name: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructions.slice(first)) {
    if (instruction.name !== 'FROM') {
      stages.at(-1)!.instructions.push(instruction);
      continue;
    }
    const parts = /^(\S+) AS (\S+)$/.exec(instruction.text);
    if (!parts) throw new Error(`FROM ${instruction.text}: a stage needs a name`);
    stages.push({ base: parts[1]!, name: parts[2]!, instructions: [] });
  }
  return { defaults: new Map(defaults), stages };
}

function instructionsOf(text: string): Instruction[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const parts = /^([A-Z]+) (.+)$/s.exec(line);
      if (!parts) throw new Error(`${line}: no instruction`);
      return { name: parts[1]!, text: parts[2]!.trim() };
    });
}

/** The texts of all instructions of this name, in their order. */
export const textsOf = (stage: Stage, name: string): string[] =>
  stage.instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);
