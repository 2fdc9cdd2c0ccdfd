import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newTenant } from './support/admin-rig.js';
import { ConfigRig, SECRET, bank, fileWith } from './support/config-rig.js';

const EXAMPLE = /```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/declarative-configuration.md', 'utf8'))![1]!;

let rig: ConfigRig;
beforeAll(async () => {
  rig = await ConfigRig.start();
}, 60_000);
afterAll(() => rig.close());

describe('the file of the documentation', () => {
  test('is applied by the command as it stands, and then nothing differs; neither does what a dump says', async () => {
    const file = rig.fileOf(EXAMPLE);
    expect((await rig.command(['validate', '-f', file], { DATABASE_URL: '' })).code).toBe(0);
    const differs = await rig.command(['diff', '-f', file]);
    expect(differs).toMatchObject({ code: 2, err: '' });
    expect(differs.out).toContain('+ subscription first-bank/app/fraud');
    const applied = await rig.command(['apply', '-f', file]);
    expect(applied).toMatchObject({ code: 0, err: '' });
    expect(applied.out).toMatch(/\+ application first-bank\/app {2}client id [0-9a-f-]{36}/);
    expect(await rig.command(['diff', '-f', file])).toMatchObject({ code: 0 });

    const dumped = join(rig.folder, 'dumped.yaml');
    expect(await rig.command(['dump', '-f', dumped])).toMatchObject({ code: 0, err: '' });
    const text = readFileSync(dumped, 'utf8');
    expect(text).toContain('first-bank-at-the-operator');
    expect(text).not.toContain(SECRET);
    expect(await rig.command(['diff', '-f', dumped])).toMatchObject({ code: 0, err: '' });
    expect(await rig.command(['diff', '--prune', '-f', dumped])).toMatchObject({ code: 0, err: '' });
    const ofTag = await rig.command(['dump', '--select-tag', 'retail']);
    expect(ofTag.out).toContain('first-bank');
    expect(ofTag.out).not.toContain('Sandbox ASP');
    expect(await rig.command(['diff', '--prune', '-f', rig.fileOf(ofTag.out)])).toMatchObject({
      code: 0,
      err: '',
    });
    expect((await rig.command(['dump', '-f', dumped])).code).toBe(1);
    expect(applied.out + differs.out + ofTag.out).not.toContain(SECRET);
  }, 120_000);

  test('is the same for the API, in YAML', async () => {
    expect(await rig.planYaml(EXAMPLE)).toMatchObject({ status: 200, body: { changes: [], warnings: [] } });
  });
});

describe('the command', () => {
  test('says line, column and path of what is wrong, without a database, and quotes no secret', async () => {
    const wrong = rig.fileOf(
      `_format: '1'\ntenants:\n  - key: a\n    name: A\n    applications:\n      - key: app\n        name: App\n        redirectUri: x\n        registrations:\n          - { operator: o, clientId: c, credential: hush-hush }\n`,
    );
    const { code, err } = await rig.command(['validate', '-f', wrong], { DATABASE_URL: '' });
    expect(code).toBe(1);
    expect(err).toContain(':8:9: tenants[0].applications[0].redirectUri: is not known here');
    expect(err).toContain('tenants[0].applications[0].registrations[0].credential: must be a reference');
    expect(err).not.toContain('hush-hush');
    const twice = await rig.command(['validate', '-f', rig.fileOf('_format: "1"\n_format: "1"\n')]);
    expect(twice).toMatchObject({ code: 1 });
    expect(twice.err).toContain(':2:1: no YAML:');
  }, 60_000);

  test('does not know what it cannot do', async () => {
    expect((await rig.command(['destroy', '-f', 'x'])).code).toBe(1);
    expect((await rig.command(['validate', '--prune', '-f', 'x'])).code).toBe(1);
    expect((await rig.command(['apply'])).code).toBe(1);
  }, 60_000);

  test('applies the plan that was looked at, and no other', async () => {
    const key = `cli-${randomUUID()}`;
    const file = rig.fileOf(fileWith([bank(key)], { _tag: key }));
    const { out } = await rig.command(['diff', '-o', 'json', '-f', file]);
    const { planHash } = JSON.parse(out) as { planHash: string };
    await newTenant(rig.admin, 'Somebody else');
    expect((await rig.command(['apply', '--plan', planHash, '-f', file])).code).toBe(0);
    const stale = await rig.command(['apply', '--plan', planHash, '-f', file]);
    expect(stale).toMatchObject({ code: 1 });
    expect(stale.err).toContain('Plan again');
  }, 60_000);
});
