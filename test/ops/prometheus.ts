import { ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/database/postgres-process.js';
import { writePrometheusFiles } from './prometheus-files.js';

const READY_WITHIN_MS = 30_000;
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface RuleState {
  readonly name: string;
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string;
  readonly alerts?: readonly { readonly annotations: Readonly<Record<string, string>> }[];
}

/** @returns whether this machine has one */
export function prometheusInstalled(): boolean {
  return spawnSync('prometheus', ['--version']).status === 0;
}

/** A Prometheus of this run alone, set up as `docs/operations.md` says, but every second. */
export class Prometheus {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /**
   * @param folder for configuration, data and log
   * @param target host and port of a management port
   * @throws Error when it does not start
   */
  static async start(folder: string, target: string): Promise<Prometheus> {
    writePrometheusFiles(folder, target);
    const address = `127.0.0.1:${await freePort()}`;
    const log = openSync(join(folder, 'prometheus.log'), 'a');
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${address}`,
        '--enable-feature=exemplar-storage',
      ],
      { stdio: ['ignore', log, log] },
    );
    const prometheus = new Prometheus(child, `http://${address}`);
    await prometheus.ready(join(folder, 'prometheus.log'));
    await prometheus.firstScrape();
    return prometheus;
  }

  /** @throws Error for a query that Prometheus refuses */
  async query(expr: string): Promise<Sample[]> {
    const data = await this.ask<{ result: Sample[] | Sample['value']; resultType: string }>('query', {
      query: expr,
    });
    if (data.resultType !== 'scalar') return data.result as Sample[];
    return [{ metric: {}, value: data.result as Sample['value'] }];
  }

  /** @returns the last errors of targets that are not up */
  async targetErrors(): Promise<string[]> {
    const { activeTargets } = await this.ask<{
      activeTargets: { scrapeUrl: string; health: string; lastError: string }[];
    }>('targets');
    if (activeTargets.length === 0) return ['no target'];
    const down = activeTargets.filter(({ health }) => health !== 'up');
    return down.map(({ scrapeUrl, health, lastError }) => `${scrapeUrl} is ${health}: ${lastError}`);
  }

  async rules(): Promise<RuleState[]> {
    const { groups } = await this.ask<{ groups: { rules: RuleState[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  /** @returns how many exemplars it has kept of these series, of the last minutes */
  async exemplars(query: string): Promise<number> {
    const end = Date.now() / 1000;
    const series = await this.ask<{ exemplars: unknown[] }[]>('query_exemplars', {
      query,
      start: String(end - 600),
      end: String(end),
    });
    return series.reduce((sum, { exemplars }) => sum + exemplars.length, 0);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }

  killNow(): void {
    this.child.kill('SIGKILL');
  }

  private async ask<T>(path: string, parameters: Record<string, string> = {}): Promise<T> {
    const answer = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters)}`, {
      signal: AbortSignal.timeout(20_000),
    });
    const body = (await answer.json()) as { status: string; data: T; error?: string };
    if (body.status !== 'success') throw new Error(`${path} ${JSON.stringify(parameters)}: ${body.error}`);
    return body.data;
  }

  /** Nothing is driven before: an increase is one between two scrapes. */
  private async firstScrape(): Promise<void> {
    for (const until = Date.now() + READY_WITHIN_MS; Date.now() < until; await sleep(200)) {
      if ((await this.targetErrors()).length === 0) return;
    }
    const errors = await this.targetErrors();
    this.killNow();
    throw new Error(`prometheus scrapes nothing: ${errors.join(', ')}`);
  }

  private async ready(logFile: string): Promise<void> {
    for (const until = Date.now() + READY_WITHIN_MS; Date.now() < until; await sleep(100)) {
      if (this.child.exitCode !== null) break;
      if (
        await fetch(`${this.url}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        return;
    }
    this.killNow();
    throw new Error(`prometheus did not start:\n${readFileSync(logFile, 'utf8').slice(-2_000)}`);
  }
}
