import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { AuditOrigin, AuditTrail } from '../audit-trail.js';
import type { Principal } from '../principal.js';
import type { Transactions } from '../transactions.js';
import { ConfigCommand, ConfigUsageError } from './command-line.js';
import { Wanted, failureOf } from './configuration-audit.js';
import { Configuration } from './configuration.js';
import type { Declaration } from './document.js';
import { planText } from './plan-text.js';
import { readDocument } from './read-document.js';
import type { SecretSource } from './secret-reference.js';

/** Exit code of `diff` where something differs. */
const DIFFERENT = 2;

/** Whoever holds the database and its keys may do everything. */
const COMMAND: Principal = {
  type: 'system',
  id: 'config',
  display: 'npm run config',
  tenantId: null,
  roles: ['partner-admin'],
  scopes: [],
};

/** What the commands work with that ask the database. */
export interface Bench {
  readonly configuration: Configuration;
  readonly transactions: Transactions;
  readonly audit: AuditTrail;
  readonly secrets: SecretSource;
}

export interface Outcome {
  readonly text: string;
  readonly exitCode: number;
}

/** @throws DocumentError | ConfigUsageError */
export function readFileOf({ file }: ConfigCommand): Declaration {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new ConfigUsageError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  return readDocument(file, bytes);
}

/** @throws AdminRefusal with the place in the file */
export async function runConfigCommand(
  command: ConfigCommand,
  bench: Bench,
  document: Declaration,
): Promise<Outcome> {
  const { prune, adopt, json } = command;
  const wanted = { document, prune, adopt, secrets: bench.secrets };
  const by = { principal: COMMAND };
  if (command.name === 'apply') {
    const view = await apply(command, bench, wanted);
    return { text: json ? JSON.stringify(view, null, 2) : planText(view, true), exitCode: 0 };
  }
  const view = await bench.transactions.run(COMMAND, (manager) =>
    bench.configuration.plan(manager, by, wanted),
  );
  const text = json ? JSON.stringify(view, null, 2) : planText(view, false);
  return { text, exitCode: view.changes.length > 0 ? DIFFERENT : 0 };
}

async function apply({ planHash }: ConfigCommand, bench: Bench, wanted: Wanted) {
  const { configuration, transactions, audit } = bench;
  const origin: AuditOrigin = { principal: COMMAND, correlator: randomUUID() };
  try {
    return await transactions.run(COMMAND, async (manager) => {
      const applied = await configuration.apply(manager, { principal: COMMAND }, wanted, planHash);
      await audit.appendAll(manager, origin, applied.audit);
      return applied.view;
    });
  } catch (error) {
    const failure = failureOf(wanted, error);
    if (failure) await transactions.run(COMMAND, (manager) => audit.append(manager, origin, failure));
    throw error;
  }
}

/** @throws ConfigUsageError rather than write over what somebody has written */
export async function runDump(
  { file, tag }: ConfigCommand,
  { configuration, transactions }: Pick<Bench, 'configuration' | 'transactions'>,
): Promise<Outcome> {
  if (file !== '-' && existsSync(file)) throw new ConfigUsageError(`${file} exists: name another one.`);
  const document = await transactions.run(COMMAND, (manager) => configuration.dump(manager, tag));
  const text = stringify(document, { lineWidth: 120, aliasDuplicateObjects: false });
  if (file === '-') return { text: text.trimEnd(), exitCode: 0 };
  writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  return { text: `Written to ${file}.`, exitCode: 0 };
}
