import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Gateway, SandboxInfo, startGateway } from '../src/boot.js';
import { serve } from './child.js';
import { ContenderGround } from './contender.js';
import { startProfile, stopProfile } from './profiler.js';

// Compiled to dist/bench: the manifest stays beside the sources.
const OPERATORS = fileURLToPath(new URL('../../bench/operators', import.meta.url));

let gateway: Gateway | undefined;

/** This gateway with everything on, and its seeded application, registered at the stub. */
async function start({ stubUrl, folder, databaseUrl }: ContenderGround): Promise<SandboxInfo> {
  gateway = await startGateway({
    SANDBOX: 'on',
    SANDBOX_URL: stubUrl,
    OPERATORS_DIR: OPERATORS,
    DATABASE_URL: databaseUrl,
    DATA_DIR: join(folder, 'gateway'),
    HOST: '127.0.0.1',
    PORT: '0',
    MANAGEMENT_PORT: '0',
  });
  return gateway.sandbox!;
}

serve({ start, cpu: () => process.cpuUsage(), startProfile, stopProfile }, () => gateway?.close());
