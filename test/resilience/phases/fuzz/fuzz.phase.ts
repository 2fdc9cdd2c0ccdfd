import { quantile } from '../../check/all.js';
import { resourcesReturned } from '../../check/bounds.js';
import { Violation } from '../../check/evidence.js';
import { Random } from '../../random.js';
import { DEADLINE_MS } from '../../virtual-operators.js';
import { sumOverPods } from '../../world/metrics-page.js';
import { resourcesOf } from '../../world/resources.js';
import { CatalogueRow, Phase, Run } from '../phase.js';
import { Stalls } from '../stalls.js';
import { until } from '../until.js';
import { RandomRequests } from './random-requests.js';
import { sendAll } from './send-all.js';

const FUZZ: CatalogueRow = { id: 'G13', title: 'random requests to every route', short: true };
const AFTERWARDS: CatalogueRow = { id: 'G13', title: 'what is left of the gateways afterwards', short: true };

/** What the gateways were before. */
interface Before {
  readonly pids: string;
  readonly resources: Record<string, number>;
  readonly logBytes: number;
}

/** Anything at all, at any route: never a 5xx, never a body of another shape, never a process less. */
export const fuzzPhase: Phase = {
  name: 'fuzz',
  rows: [FUZZ, AFTERWARDS],
  run: async (run, wanted) => {
    const before: Before = {
      pids: pidsOf(run),
      resources: resourcesOf(run.world.gateways),
      logBytes: logBytesOf(run),
    };
    await judgeAnswers(run);
    if (wanted.includes(AFTERWARDS)) await judgeRemains(run, before);
  },
};

async function judgeAnswers(run: Run): Promise<void> {
  const { options, profile, report, thresholds, world } = run;
  const startedAt = performance.now();
  const urls = world.gateways.map(({ managementUrl }) => managementUrl);
  const errors = (): Promise<number> =>
    sumOverPods(urls, 'nvgw_http_requests_total', { outcome_class: 'gateway_error' });
  const errorsBefore = await errors();
  const stalls = new Stalls();
  stalls.begin();
  const requests = new RandomRequests(run, new Random(`${options.seed}/fuzz`));
  const { statuses, times, torn, unanswered, violations } = await sendAll(
    run,
    requests,
    profile.fuzzRequests,
  );
  const stallMs = stalls.end();
  const seconds = (performance.now() - startedAt) / 1_000;
  const worstMs = quantile(times, 1);
  const counted = (await errors()) - errorsBefore;
  const count = (from: number): number => {
    const some = [...statuses].filter(([status]) => status >= from && status < from + 100);
    return some.reduce((sum, [, answers]) => sum + answers, 0);
  };
  report.judge({
    ...FUZZ,
    phase: 'fuzz',
    startedAt,
    violations,
    problems: [
      ...(counted > 0 ? [`${counted} answers were counted as errors of ours`] : []),
      ...(worstMs > DEADLINE_MS + thresholds.answerSlackMs + stallMs ? [`an answer took ${worstMs} ms`] : []),
      // Were nothing right among them, only the first checks would be tried.
      ...(count(200) < times.length / 100 ? [`only ${count(200)} of ${times.length} got through`] : []),
    ],
    figures: {
      requests: profile.fuzzRequests,
      'per second': Math.round(profile.fuzzRequests / seconds),
      torn,
      unanswered,
      '2xx': count(200),
      '3xx': count(300),
      '4xx': count(400),
      p100: worstMs,
      stall: stallMs,
    },
  });
}

/** Connections that wait for the rest of a torn request are closed after some seconds: that is waited for. */
async function judgeRemains(run: Run, before: Before): Promise<void> {
  const { profile, report, thresholds, world } = run;
  const startedAt = performance.now();
  const { fdSlack, logBytesPerRequest, rssShare, rssSlackMb } = thresholds;
  const names = Object.keys(before.resources);
  const slack = Object.fromEntries(names.map((name) => [name, name.endsWith('MB') ? rssSlackMb : fdSlack]));
  const left = (): Violation[] =>
    resourcesReturned(before.resources, resourcesOf(world.gateways), { share: rssShare, slack });
  await until(() => left().length === 0, 20_000, 250);
  const written = Math.round((logBytesOf(run) - before.logBytes) / profile.fuzzRequests);
  report.judge({
    ...AFTERWARDS,
    phase: 'fuzz',
    startedAt,
    violations: left(),
    problems: [
      ...(pidsOf(run) === before.pids ? [] : ['a process has ended']),
      ...(written > logBytesPerRequest ? [`${written} bytes of log per request`] : []),
    ],
    figures: { ...resourcesOf(world.gateways), 'log bytes per request': written },
  });
}

function pidsOf({ world }: Run): string {
  return world.gateways.map(({ pid }) => pid).join();
}

/** Of all gateways. */
export function logBytesOf({ world }: Run): number {
  return world.logs().reduce((sum, { text }) => sum + text.length, 0);
}
