import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rowsToTryAgain } from './again.js';
import { Load } from './load/load.js';
import { readOptions } from './options.js';
import { measureBaseline } from './phases/baseline.js';
import { Run, wantedOf } from './phases/phase.js';
import { PHASES } from './phases/phases.js';
import { Report } from './report/report.js';
import { RunResult } from './report/result.js';
import { readThresholds } from './thresholds.js';
import { World } from './world/world.js';

// Compiled to dist/test/resilience.
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const RESULTS = join(ROOT, '.data/resilience');
const GATEWAYS = 2;

async function main(): Promise<void> {
  const given = readOptions(process.argv.slice(2), process.env);
  const options = given.again ? { ...given, only: rowsToTryAgain(latest()) } : given;
  const planned = PHASES.map((phase) => ({ phase, wanted: wantedOf(phase, options) }));
  if (planned.every(({ wanted }) => wanted.length === 0)) throw new Error('no such row');
  const report = new Report({ profile: options.profile.name, seed: options.seed });
  const folder = join(RESULTS, new Date().toISOString().replace(/[:.]/g, '-'));
  mkdirSync(folder, { recursive: true });
  console.log(`SEED=${options.seed} profile ${options.profile.name}; logs in ${folder}`);
  const { seed, tenants } = options;
  const world = await World.start({ folder, seed, tenants, gateways: GATEWAYS, stopOnSignals: true });
  if (!world.redis) console.log('SKIPPED: no redis-server is installed; nothing here was tried with Redis');
  const load = new Load({ url: world.balancer.url, minter: world.minter, seed });
  try {
    const { profile } = options;
    const startedAt = performance.now();
    const baseline = await measureBaseline({ load, world }, profile);
    const { errors, ...figures } = baseline;
    const problems = errors > 0 ? [`${errors} calls failed although nothing was broken yet`] : [];
    report.judge({ id: 'base', title: 'nothing broken', phase: 'baseline', startedAt, problems, figures });
    const thresholds = readThresholds();
    const run: Run = {
      world,
      load,
      report,
      root: ROOT,
      options,
      profile,
      baseline,
      thresholds,
      // Where gateways, operators and Postgres share two cores, a row may take half a second; an operator that is silent
      // in the rest of the deadline is then not to blame, and the log says who is.
      expectedErrors: [/"reason":"RECORDED_LATE"/],
    };
    for (const { phase, wanted } of planned) {
      if (wanted.length > 0) await phase.run(run, wanted);
    }
  } finally {
    report.write(folder);
    report.write(join(RESULTS, 'latest'));
    await load.close();
    await world.stop();
  }
  const { rows, seconds } = report.result;
  console.log(
    `${rows.length - report.failed} of ${rows.length} rows hold, ${Math.round(seconds)} s, ${folder}/report.md`,
  );
  if (report.failed > 0) process.exitCode = 1;
}

function latest(): RunResult {
  return JSON.parse(readFileSync(join(RESULTS, 'latest/report.json'), 'utf8')) as RunResult;
}

main().then(
  // Whatever still waits (a stalled socket, a timer) has nothing to say any more.
  () => process.exit(),
  (error: unknown) => {
    console.error(error instanceof Error ? error.stack : error);
    process.exit(2);
  },
);
