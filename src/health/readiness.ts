/** What `/readyz` says. */
export interface ReadinessReport {
  readonly ready: boolean;
  readonly status: 'ready' | 'not ready' | 'draining';
  readonly checks: Record<string, string>;
}

/** Whether this process wants traffic, and if not, why. */
export class Readiness {
  private stage: 'starting' | 'serving' | 'draining' = 'starting';
  private wasServing = false;

  /**
   * @param obstacle what keeps a process that serves from being ready all the same
   * @param checks for people: what each part says of itself
   */
  constructor(
    private readonly obstacle: () => boolean,
    private readonly checks: () => Record<string, string>,
    private readonly changed: (ready: boolean) => void,
  ) {}

  /** Everything that a call needs is there. */
  serve(): void {
    this.stage = 'serving';
    this.wasServing = true;
    this.changed(this.report().ready);
  }

  /** The process is about to end. */
  drain(): void {
    this.stage = 'draining';
    this.changed(false);
  }

  /** Whether the start was over at some time. */
  get started(): boolean {
    return this.wasServing;
  }

  report(): ReadinessReport {
    const ready = this.stage === 'serving' && !this.obstacle();
    const status = this.stage === 'draining' ? 'draining' : ready ? 'ready' : 'not ready';
    return { ready, status, checks: { process: this.stage, ...this.checks() } };
  }
}
