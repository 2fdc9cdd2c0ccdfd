/** One of the servers under measurement, inside its own process. */
export interface Contender {
  readonly port: number;
  /**
   * Tokens to be sent in `Authorization`.
   * @returns as many single-use ones as asked for, or one that may be used again and again
   */
  bearers(count: number): readonly string[] | Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface ContenderGround {
  /** Origin of the operator stub, without trailing slash. */
  readonly stubUrl: string;
  /** A folder of this run, removed afterwards. */
  readonly folder: string;
  /** Given when the gateway takes part; the others keep no records. */
  readonly databaseUrl?: string;
}

export type StartContender = (ground: ContenderGround) => Promise<Contender>;
