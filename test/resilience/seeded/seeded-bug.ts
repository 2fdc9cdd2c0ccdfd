/** A text of a compiled file and what stands there instead. */
export interface Patch {
  /** Below `src`, with the ending `.ts`. */
  readonly file: string;
  /** As the compiler writes it; must stand there exactly once. */
  readonly from: string;
  readonly to: string;
}

/** A mistake that others have made, put into a copy of the gateway. */
export interface SeededBug {
  readonly id: number;
  readonly name: string;
  readonly patches: readonly Patch[];
  /** The row of the catalogue that must notice. */
  readonly row: string;
  /** What it must say: a row that fails for another reason has noticed nothing. */
  readonly says: RegExp;
}

/**
 * @param text of a compiled file
 * @throws Error when the text that is to be replaced does not stand there exactly once
 */
export function applyPatch(text: string, { file, from, to }: Patch): string {
  const found = text.split(from).length - 1;
  if (found !== 1) throw new Error(`${file}: found ${found} times, not once:\n${from}`);
  return text.replace(from, () => to);
}
