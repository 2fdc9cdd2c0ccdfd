import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { adminOf, adminToken } from './support/admin.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

const SECTION = '## Onboard an ASP with curl alone';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

/** The shell block of the section, as it stands. */
function block(): string {
  const readme = readFileSync('README.md', 'utf8');
  const section = readme.slice(readme.indexOf(SECTION));
  return /```sh\n([\s\S]*?)```/.exec(section)![1]!;
}

function bash(script: string): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn('bash', ['-e', '-u', '-o', 'pipefail'], { env: { PATH: process.env['PATH'] } });
    let [out, err] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (err += data.toString()));
    child.on('close', (code) => resolve({ code, out, err }));
    child.stdin.end(script);
  });
}

const missing = ['bash', 'curl', 'sed'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
if (missing.length > 0) process.stdout.write(`SKIPPED, not installed: ${missing.join(', ')}\n`);

(missing.length > 0 ? test.skip : test)(
  'the shell block of README onboards an ASP and verifies a number with it',
  async () => {
    const { memberId } = await adminOf(gateway);
    const token = await adminToken(gateway, memberId, `test-${memberId}`);
    const device = gateway.device('camara-2.1');
    const given = block();
    expect(given).toContain(`OPERATOR=${device.operator} DEVICE=${device.ip} NUMBER=${device.phoneNumber}`);
    const script = given
      .replace('GATEWAY=http://localhost:3000', `GATEWAY=${gateway.url}`)
      .replace('$(npm run --silent token -- --admin)', token);
    expect(script).not.toContain('localhost:3000');
    const { code, out, err } = await bash(script);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/\{"devicePhoneNumberVerified":true\}$/);
  },
  60_000,
);
