import { setTimeout as sleep } from 'node:timers/promises';
import { Prometheus, prometheusInstalled } from './prometheus.js';
import { smokeLoad } from './smoke-load.js';
import { findWithoutData } from './without-data.js';
import { OpsWorld, startOpsWorld } from './world.js';

/** Longer than anything here takes; nothing hangs for ever. */
const AT_MOST_MS = 180_000;
/** Some scrapes and evaluations after the last call. */
const SETTLED_MS = 4_000;

async function main(): Promise<number> {
  if (!prometheusInstalled()) {
    console.log(
      'SKIPPED: no prometheus on the PATH (Debian: apt-get install prometheus), so no dashboard was tried',
    );
    return 0;
  }
  const startedAt = performance.now();
  const seconds = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s`;
  const world = await startOpsWorld();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void world.stop().finally(() => process.exit(130)));
  }
  try {
    console.log(
      `${seconds()}  gateway and Prometheus run${world.redis ? '' : '; SKIPPED: Redis, as none is installed'}`,
    );
    await smokeLoad(world, (step) => console.log(`${seconds()}  ${step}`));
    await sleep(SETTLED_MS);
    const problems = await judge(world);
    for (const problem of problems) console.error(`FAILED  ${problem}`);
    console.log(`${seconds()}  ${problems.length === 0 ? 'all is well' : `${problems.length} problems`}`);
    return problems.length === 0 ? 0 : 1;
  } finally {
    await world.stop();
  }
}

async function judge({ prometheus, redis }: OpsWorld): Promise<string[]> {
  const { asked, empty, excused, filled } = await findWithoutData(prometheus, redis !== undefined);
  console.log(`${asked} queries of dashboards, ${empty.length} without data, ${excused.length} excused`);
  for (const line of excused) console.log(`  excused: ${line}`);
  const exemplars = await prometheus.exemplars('nvgw_http_request_duration_seconds_bucket');
  console.log(`${exemplars} exemplars kept`);
  return [
    ...empty.map((line) => `no data: ${line}`),
    ...filled.map((line) => `has data although it is excused: ${line}`),
    ...(exemplars === 0 ? ['no exemplar was kept'] : []),
    ...(await prometheus.targetErrors()),
    ...(await brokenRules(prometheus)),
  ];
}

async function brokenRules(prometheus: Prometheus): Promise<string[]> {
  const rules = await prometheus.rules();
  if (rules.length === 0) return ['no rule is loaded'];
  const mistold = rules.flatMap(({ name, alerts = [] }) =>
    alerts.flatMap(({ annotations }) =>
      Object.values(annotations)
        .filter((text) => text.includes('<error') || text.includes('<no value>'))
        .map((text) => `${name} tells: ${text}`),
    ),
  );
  const failed = rules.filter(({ health }) => health !== 'ok');
  return [
    ...failed.map(({ name, lastError }) => `rule ${name}: ${lastError ?? 'not evaluated'}`),
    ...mistold,
  ];
}

setTimeout(() => {
  console.error(`FAILED  not done after ${AT_MOST_MS / 1000} s`);
  process.exit(1);
}, AT_MOST_MS);

main().then(
  // The guard, or a socket that still waits, has nothing to say any more.
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.stack : error);
    process.exit(1);
  },
);
