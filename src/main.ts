import { startGateway } from './boot.js';
import { StartError } from './contract/start-error.js';
import { ProcessEnd } from './process-end.js';
import { welcome } from './welcome.js';

/** SQLSTATE undefined_table. */
const UNDEFINED_TABLE = '42P01';

const end = new ProcessEnd(process);
try {
  const gateway = await startGateway(process.env, end.signal);
  end.endsWith(gateway);
  process.stdout.write(welcome(gateway));
} catch (error) {
  // Who stops a process before it is ready has nothing to complain about.
  if (!end.signal.aborted) process.stderr.write(`${complaintOf(error)}\n`);
  process.exit(end.signal.aborted ? end.code : 1);
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
