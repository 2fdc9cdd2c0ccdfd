/** Values by series, both in promtool's notation; the label `job` is put in later. One value per {@link AlertCase.step}. */
export type Input = Readonly<Record<string, string>>;

export interface Situation {
  /** Ends the sentence "it fires when …" or "it is silent when …". */
  readonly when: string;
  readonly input: Input;
  /** Since the beginning, as `1h10m`. */
  readonly at: string;
}

/** What an alert must do. */
export interface AlertCase {
  readonly alert: string;
  /** Between two values and between two evaluations. */
  readonly step: '30s' | '5m';
  /** Words of the rules that differ from their defaults. */
  readonly words?: Readonly<Record<string, string>>;
  /** Beside `job` and `severity`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly fires: readonly Situation[];
  readonly silent: readonly Situation[];
}
