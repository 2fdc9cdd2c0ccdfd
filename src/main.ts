import 'reflect-metadata';
import { Gateway, startGateway } from './boot.js';
import { ConfigError } from './config/config.js';
import { OperatorConfigError } from './operators/operator-config.error.js';
import { welcome } from './welcome.js';

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
  const known = error instanceof ConfigError || error instanceof OperatorConfigError;
  process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}
