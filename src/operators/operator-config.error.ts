import { StartError } from '../contract/start-error.js';

/** One wrong place in an operator's folder, and what to write there. */
export interface OperatorFault {
  /** As the reader finds it from where the gateway was started. */
  file: string;
  /** Path of keys, dotted; empty for the file as a whole. */
  field: string;
  remedy: string;
}

/** Stops the boot: names every wrong place at once, so that one restart is enough. */
export class OperatorConfigError extends StartError {
  constructor(readonly faults: readonly OperatorFault[]) {
    super(
      faults.map(({ file, field, remedy }) => [file, field, remedy].filter(Boolean).join(': ')).join('\n'),
    );
  }
}
