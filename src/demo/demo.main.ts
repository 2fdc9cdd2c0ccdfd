import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { play } from './play.js';
import { answers, readSandboxInfo, SandboxInfo } from './sandbox-info.js';

/** The running gateway of `DATA_DIR`, or one started for the demo on free ports and stopped afterwards. */
async function findGateway(): Promise<{ info: SandboxInfo; close: () => Promise<void> }> {
  const running = readSandboxInfo(process.env['DATA_DIR'] ?? '.data');
  if (running && (await answers(running))) {
    console.log(`Against the gateway at ${running.issuer}.`);
    return { info: running, close: async () => undefined };
  }
  console.log('No gateway answers: starting one for the demo.');
  const dataDir = mkdtempSync(join(tmpdir(), 'number-verification-demo-'));
  const drop = (): void => rmSync(dataDir, { recursive: true, force: true });
  try {
    const { startGateway } = await import('../boot.js');
    const ports = { PORT: '0', MANAGEMENT_PORT: '0', SANDBOX_PORT: '0' };
    const gateway = await startGateway({ LOG_LEVEL: 'warn', ...ports, SANDBOX: 'on', DATA_DIR: dataDir });
    const close = async (): Promise<void> => {
      await gateway.close();
      drop();
    };
    return { info: readSandboxInfo(dataDir)!, close };
  } catch (error) {
    drop();
    throw error;
  }
}

/** The management port answers with the same page for a second. */
const PAGE_KEPT_MS = 1_100;

/** What the gateway itself has counted since its start, as its metrics say. @returns lines by operator */
async function counted({ managementUrl, devices }: SandboxInfo): Promise<string[]> {
  await sleep(PAGE_KEPT_MS);
  const page = await (await fetch(`${managementUrl}/metrics?format=text`)).text();
  const samples = [
    ...page.matchAll(
      /^nvgw_(verifications|upstream_requests|token_broker_requests)_total\{(.*)\} ([1-9]\d*)$/gm,
    ),
  ];
  return [...new Set(devices.map(({ operator }) => operator))].map((operator) => {
    const told = samples
      .filter(([, , labels]) => labels!.includes(`operator="${operator}"`))
      .map(([, name, labels, count]) => {
        const words = labels!.matchAll(/(?:operation|outcome|code_class)="([^"]*)"/g);
        return `${name} ${[...words].map(([, word]) => word).join(' ')}: ${count}`;
      });
    return `${operator}: ${told.join(', ')}`;
  });
}

async function demo(): Promise<boolean> {
  const { info, close } = await findGateway();
  let failed = 0;
  try {
    for (const device of info.devices) {
      console.log(`\n${device.operator}: ${device.dialect}, phone ${device.ip} = ${device.phoneNumber}`);
      for await (const { text, ok } of play(info, device)) {
        console.log(`${text}${ok === undefined ? '' : ok ? '  ok' : '  NOT AS IT MUST BE'}`);
        if (ok === false) failed += 1;
      }
    }
    console.log('\nThe gateway counted since its start, by operator:');
    for (const line of await counted(info)) console.log(`  ${line}`);
  } finally {
    await close();
  }
  console.log(failed === 0 ? '\nEverything went as it must.' : `\n${failed} steps did not go as they must.`);
  return failed === 0;
}

demo().then(
  (passed) => process.exit(passed ? 0 : 1),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
