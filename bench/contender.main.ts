import { writeFileSync } from 'node:fs';
import { serve } from './child.js';
import { Contender, ContenderGround, StartContender } from './contender.js';
import { ContenderName } from './options.js';
import { startProfile, stopProfile } from './profiler.js';

/** Each process loads the code of its own contender only. */
const LOAD: Record<ContenderName, () => Promise<StartContender>> = {
  gateway: async () => (await import('./contenders/gateway.js')).startGatewayContender,
  'http-proxy': async () => (await import('./contenders/http-proxy.js')).startHttpProxy,
  bare: async () => (await import('./contenders/bare.js')).startBare,
  assembled: async () => (await import('./contenders/assembled/assembled.js')).startAssembled,
};

let contender: Contender | undefined;

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
