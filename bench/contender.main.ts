import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { serve } from './child.js';
import { Contender, ContenderGround, StartContender } from './contender.js';
import { ContenderName } from './options.js';

/** Each process loads the code of its own contender only. */
const LOAD: Record<ContenderName, () => Promise<StartContender>> = {
  gateway: async () => (await import('./contenders/gateway.js')).startGatewayContender,
  'http-proxy': async () => (await import('./contenders/http-proxy.js')).startHttpProxy,
  bare: async () => (await import('./contenders/bare.js')).startBare,
  assembled: async () => (await import('./contenders/assembled/assembled.js')).startAssembled,
};

let contender: Contender | undefined;
let profiler: Session | undefined;

async function startProfile(): Promise<void> {
  profiler = new Session();
  profiler.connect();
  await profiler.post('Profiler.enable');
  await profiler.post('Profiler.setSamplingInterval', { interval: 250 });
  await profiler.post('Profiler.start');
}

async function stopProfile(file: string): Promise<void> {
  const { profile } = await profiler!.post('Profiler.stop');
  writeFileSync(file, JSON.stringify(profile), { mode: 0o600 });
  profiler!.disconnect();
}

serve(
  {
    start: async (ground: ContenderGround) => {
      const startContender = await LOAD[process.argv[2] as ContenderName]();
      contender = await startContender(ground);
      return contender.port;
    },
    /** Written to a file of our own: tens of thousands of tokens are too much for IPC. */
    bearers: async ({ count, file }: { count: number; file: string }) => {
      writeFileSync(file, (await contender!.bearers(count)).join('\n'), { mode: 0o600 });
    },
    cpu: () => process.cpuUsage(),
    startProfile,
    stopProfile,
  },
  () => contender?.close(),
);
