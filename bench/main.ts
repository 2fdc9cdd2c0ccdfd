import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchBroker } from './broker.js';
import { Child } from './child.js';
import { Ground, layGround } from './ground.js';
import { machine, pinLoadSide } from './machine.js';
import { BenchOptions, ContenderName, readOptions } from './options.js';
import { printProfile } from './profile.js';
import { goals, print, standings } from './report.js';
import { Bench, measure, Round, RunningContender } from './round.js';

// Compiled to dist/bench: the results stay beside the sources.
const RESULTS = fileURLToPath(new URL('../../bench/results/', import.meta.url));
const LATEST = join(RESULTS, 'latest.json');

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const pinning = pinLoadSide();
  const folder = mkdtempSync(join(tmpdir(), 'nv-bench-'));
  mkdirSync(RESULTS, { recursive: true });
  // A failed run must not leave the figures of an older one behind.
  if (!options.profile) rmSync(LATEST, { force: true });
  const children: Child[] = [];
  let ground: Ground | undefined;
  try {
    const start = (file: string, label: string, cores: string | undefined, more: string[] = []): Child => {
      const log = join(folder, `${label}.log`);
      const child = Child.start(file, { label, cores, arguments: more, logFile: log });
      children.push(child);
      return child;
    };
    const stub = start('stub.main.js', 'stub', pinning.rest);
    const load = start('load.main.js', 'load', pinning.rest);
    const stubUrl = await stub.ask<string>('listen');
    if (options.contenders.includes('gateway')) ground = await layGround(folder);
    const contenders: RunningContender[] = [];
    for (const name of options.contenders) {
      const child = start('contender.main.js', name, pinning.contender, [name]);
      const port = await child.ask<number>('start', { stubUrl, folder, databaseUrl: ground?.databaseUrl });
      contenders.push({ name, process: child, port });
    }
    await report({ options, load, stub, pinning, folder }, contenders);
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    await ground?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function report(bench: Bench, contenders: RunningContender[]): Promise<void> {
  const rounds = await runRounds(bench, contenders);
  const all = standings(rounds);
  console.log(`\n${print(all)}`);
  if (bench.options.profile) {
    for (const { name } of contenders) console.log(`\n${printProfile(profileFile(name))}`);
    return;
  }
  const result = {
    takenAt: new Date().toISOString(),
    machine: machine(bench.pinning),
    options: bench.options,
    standings: all,
    goals: goals(all),
    rounds: Object.fromEntries(rounds),
  };
  writeFileSync(LATEST, `${JSON.stringify(result, null, 2)}\n`);
}

function profileFile(name: ContenderName): string {
  return join(RESULTS, `${name}.cpuprofile`);
}

/** Interleaved, so that a noisy minute of the machine meets every contender. */
async function runRounds(
  bench: Bench,
  contenders: readonly RunningContender[],
): Promise<Map<ContenderName, Round[]>> {
  const rounds = new Map<ContenderName, Round[]>(contenders.map(({ name }) => [name, []]));
  const profile = (name: ContenderName) => (bench.options.profile ? profileFile(name) : undefined);
  for (let number = 1; number <= bench.options.rounds; number++) {
    for (const contender of contenders) {
      const round = await measure(bench, contender, profile(contender.name));
      rounds.get(contender.name)!.push(round);
      console.log(progress(number, bench.options, contender.name, round));
    }
  }
  return rounds;
}

function progress(number: number, { rounds }: BenchOptions, name: string, round: Round): string {
  const [core, load, stub] = [round.busy, round.loadBusy, round.stubBusy].map(percent);
  return (
    `round ${number}/${rounds}  ${name.padEnd(10)}  ${String(round.requestsPerSecond).padStart(6)} req/s` +
    `  (core ${core}; load ${load}, stub ${stub})`
  );
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

const [first, ...others] = process.argv.slice(2);
(first === 'broker' ? benchBroker(others, RESULTS) : main()).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
