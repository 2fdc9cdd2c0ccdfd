import { join } from 'node:path';
import { Child } from './child.js';
import { LoadResult, LoadRun } from './load.js';
import { idleMs, Pinning } from './machine.js';
import { BenchOptions, ContenderName } from './options.js';

/** Below this share of its core a contender was waiting for the load side: its req/s is a lower bound. */
const SATURATED = 0.9;

export interface RunningContender {
  readonly name: ContenderName;
  readonly process: Child;
  readonly port: number;
}

/** What every round needs besides the contender. */
export interface Bench {
  readonly options: BenchOptions;
  readonly load: Child;
  readonly stub: Child;
  readonly pinning: Pinning;
  /** A folder of this run, removed afterwards. */
  readonly folder: string;
}

/** One measured window of one contender. */
export interface Round {
  readonly requestsPerSecond: number;
  readonly requests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of the contender's process (all threads) per request. */
  readonly cpuUsPerRequest: number;
  /** Share of one core the contender used, 1 = all of it. */
  readonly busy: number;
  readonly saturated: boolean;
  /** Share of the time in which nobody used the contender's core; undefined where nothing is pinned. */
  readonly coreIdle: number | undefined;
  /** The same of the load side's cores. */
  readonly loadSideIdle: number | undefined;
  /** Shares of one core that the load side used. */
  readonly loadBusy: number;
  readonly stubBusy: number;
}

/**
 * Warms one contender up, then measures it.
 * @param profileFile where the contender's CPU profile of the measured window goes, if one is wanted
 * @throws Error when any answer was not the expected one, or the stub saw another number of requests
 */
export async function measure(
  bench: Bench,
  contender: RunningContender,
  profileFile?: string,
): Promise<Round> {
  const { options } = bench;
  await drive(bench, contender, options.warmupMs, options.maxRequests);
  // Tokens live for seconds: minted right before they are spent.
  const order = await orderFor(bench, contender, options.measureMs, options.maxRequests);
  if (profileFile !== undefined) await contender.process.ask('startProfile');
  const stubBefore = await cpuUs(bench.stub);
  const idleBefore = [idleMs(bench.pinning.contender), idleMs(bench.pinning.rest)];
  const before = await cpuUs(contender.process);
  const result = await driven(bench, contender, order);
  const used = (await cpuUs(contender.process)) - before;
  const idleAfter = [idleMs(bench.pinning.contender), idleMs(bench.pinning.rest)];
  const stubUsed = (await cpuUs(bench.stub)) - stubBefore;
  if (profileFile !== undefined) await contender.process.ask('stopProfile', profileFile);
  const us = result.durationMs * 1_000;
  const [coreIdle, loadSideIdle] = idleAfter.map((idle, side) => {
    const before = idleBefore[side];
    return idle === undefined || before === undefined
      ? undefined
      : percent(Math.min(1, (idle - before) / result.durationMs));
  });
  return {
    requestsPerSecond: Math.round(result.requests / (result.durationMs / 1_000)),
    requests: result.requests,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuUsPerRequest: Math.round((used / result.requests) * 10) / 10,
    busy: percent(used / us),
    saturated: used / us >= SATURATED,
    coreIdle,
    loadSideIdle,
    loadBusy: percent(result.cpuUs / us),
    stubBusy: percent(stubUsed / us),
  };
}

async function drive(
  bench: Bench,
  contender: RunningContender,
  durationMs: number,
  max: number,
): Promise<void> {
  await driven(bench, contender, await orderFor(bench, contender, durationMs, max));
}

async function orderFor(
  bench: Bench,
  contender: RunningContender,
  durationMs: number,
  maxRequests: number,
): Promise<LoadRun> {
  const bearersFile = join(bench.folder, 'bearers');
  // 15 requests a ms: more than one core of any contender answers.
  const count = Math.min(maxRequests, durationMs * 15);
  await contender.process.ask('bearers', { count, file: bearersFile });
  return {
    port: contender.port,
    connections: bench.options.connections,
    bearersFile,
    durationMs,
    maxRequests,
  };
}

async function driven(bench: Bench, contender: RunningContender, order: LoadRun): Promise<LoadResult> {
  const seenBefore = await bench.stub.ask<number>('requests');
  const result = await bench.load.ask<LoadResult>('drive', order);
  const seen = (await bench.stub.ask<number>('requests')) - seenBefore;
  if (Object.keys(result.wrong).length > 0) {
    const wrong = JSON.stringify(result.wrong, null, 2);
    throw new Error(`${contender.name}: wrong answers ${wrong}\n${contender.process.logTail()}`);
  }
  if (seen !== result.requests || result.requests === 0) {
    throw new Error(
      `${contender.name}: ${result.requests} answers, but ${seen} requests reached the operator`,
    );
  }
  return result;
}

async function cpuUs(process: Child): Promise<number> {
  const { user, system } = await process.ask<NodeJS.CpuUsage>('cpu');
  return user + system;
}

/** Two decimals are what ticks of 10 ms can tell. */
function percent(share: number): number {
  return Math.round(share * 100) / 100;
}
