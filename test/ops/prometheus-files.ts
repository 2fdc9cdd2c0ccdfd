import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { renderRules } from './rules.js';

const OPERATIONS = 'docs/operations.md';
/** The example for people, which is also what is run here. */
const EXAMPLE = /<!-- prometheus.yml -->\s*```yaml\n(.*?)```/s;
const EVERY = '1s';

interface PrometheusConfig {
  global: Record<string, string>;
  rule_files: string[];
  alerting?: object;
  scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
}

/**
 * Writes `prometheus.yml` and the rules as `docs/operations.md` says, for one gateway, every second, and with nobody to alert.
 * @param target host and port of a management port
 * @throws Error when the documentation has no example any more
 */
export function writePrometheusFiles(folder: string, target: string): void {
  const config = readExample();
  const [job] = config.scrape_configs;
  if (!job) throw new Error(`the example of ${OPERATIONS} scrapes nothing`);
  config.global = { scrape_interval: EVERY, evaluation_interval: EVERY };
  config.rule_files = ['rules.yaml'];
  job.static_configs = [{ targets: [target] }];
  delete config.alerting;
  const rules = renderRules({ __JOB__: job.job_name, __READY_REPLICAS_MIN__: '1' });
  const groups = rules.map((group) => ({ ...group, interval: EVERY }));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'rules.yaml'), stringify({ groups }));
  writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
}

function readExample(): PrometheusConfig {
  const example = EXAMPLE.exec(readFileSync(OPERATIONS, 'utf8'))?.[1];
  if (example === undefined) throw new Error(`${OPERATIONS} has no example of a prometheus.yml`);
  return parse(example) as PrometheusConfig;
}
