import 'reflect-metadata';
import { Gateway, startGateway } from './boot.js';
import { StartError } from './contract/start-error.js';
import { welcome } from './welcome.js';

/** SQLSTATE undefined_table. */
const UNDEFINED_TABLE = '42P01';

/** Stops in order, once; a second signal exits at once (nothing is lost: the ledger is written before the call). */
function stopOnSignal(gateway: Gateway): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      gateway.close().then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`Could not stop in order: ${String(error)}\n`);
          process.exit(1);
        },
      );
    });
  }
}

try {
  const gateway = await startGateway(process.env);
  stopOnSignal(gateway);
  process.stdout.write(welcome(gateway));
} catch (error) {
  process.stderr.write(`${complaintOf(error)}\n`);
  process.exit(1);
}

function complaintOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof StartError) return error.message;
  if ('code' in error && error.code === 'EADDRINUSE') {
    return `${error.message}\nSet PORT, MANAGEMENT_PORT or SANDBOX_PORT, or stop what listens there.`;
  }
  if ('code' in error && error.code === UNDEFINED_TABLE) {
    return `The database has not the schema of this version: npm run migrate, then start again. (${error.message})`;
  }
  return error.stack ?? error.message;
}
