import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** What the gateway itself counted for one operator since its start, from its metrics page. */
async function counted({ managementUrl }: SandboxInfo, operator: string): Promise<string[]> {
  const page = await (await fetch(`${managementUrl}/metrics?format=text`)).text();
  const rows = page.matchAll(
    /^nvgw_(verifications|upstream_requests|token_broker_requests)_total\{(.*)\} (\d+)$/gm,
  );
  return [...rows]
    .filter(([, , labels]) => labels!.includes(`operator="${operator}"`))
    .map(([, name, labels, count]) => {
      const told = [...labels!.matchAll(/(operation|outcome|code_class)="([^"]*)"/g)].map(
        (label) => label[2],
      );
      return `${name} ${told.join(' ')}: ${count}`;
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
      console.log(`  the gateway counted ${(await counted(info, device.operator)).join(', ')}`);
    }
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
