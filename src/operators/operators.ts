import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Problem } from '../contract/problem.js';
import { Secret } from '../contract/secret.js';
import { Dialect } from '../dialects/dialect.js';
import { DIALECTS, dialectNamed } from '../dialects/dialects.js';
import { alternativeFaults } from './alternative-faults.js';
import { clientCertificate } from './client-certificate.js';
import { Manifest } from './manifest.js';
import { OperatorConfigError, OperatorFault } from './operator-config.error.js';
import { Operator } from './operator.js';
import { routeFaults } from './route-faults.js';
import { readYaml } from './read-yaml.js';

const MANIFEST = 'operator.yaml';
/** Never resolves (RFC 6761): stands where a sandbox operator has no sandbox. */
const NOWHERE = 'https://sandbox.invalid';

/** Why an operator is off that people have switched off. */
const SWITCHED_OFF = 'switched off';

/** Every operator there is, on or off. */
export class Operators {
  readonly #byId: ReadonlyMap<string, Operator>;
  /** Those for which nothing is missing. */
  readonly #complete: ReadonlySet<string>;
  #switchedOff: ReadonlySet<string> = new Set();

  constructor(operators: readonly Operator[]) {
    this.#byId = new Map(operators.map((operator) => [operator.id, this.#switchable(operator)]));
    this.#complete = new Set(operators.filter(({ off }) => off === undefined).map(({ id }) => id));
  }

  all(): readonly Operator[] {
    return [...this.#byId.values()];
  }

  get(id: string): Operator | undefined {
    return this.#byId.get(id);
  }

  /** Whether the operator is on unless people switch it off: its secrets are there, its sandbox runs. */
  complete(id: string): boolean {
    return this.#complete.has(id);
  }

  /** The other ways to the operator's network, in the order of its manifest, whether they are on or off. */
  alternativesOf({ alternatives }: Operator): Operator[] {
    return alternatives.flatMap((id) => this.#byId.get(id) ?? []);
  }

  /** Whether devices of the operator can sign in at all: it is on, or another way to its network is. */
  serves(operator: Operator): boolean {
    return [operator, ...this.alternativesOf(operator)].some(({ off }) => off === undefined);
  }

  /** @throws Problem operatorDisabled when the operator is off or gone since the token was made */
  require(id: string): Operator {
    const operator = this.#byId.get(id);
    if (!operator || operator.off !== undefined)
      throw new Problem('operatorDisabled', { detail: operator?.off });
    return operator;
  }

  /**
   * What people have switched, all of it: an operator that is not named is on, as far as they are concerned.
   * @param settings by operator id
   */
  apply(settings: ReadonlyMap<string, { readonly enabled: boolean }>): void {
    this.#switchedOff = new Set([...settings].filter(([, { enabled }]) => !enabled).map(([id]) => id));
  }

  /** The same operator, whose `off` also says what people have switched. */
  #switchable(operator: Operator): Operator {
    const off = (): string | undefined =>
      operator.off ?? (this.#switchedOff.has(operator.id) ? SWITCHED_OFF : undefined);
    return Object.freeze(Object.defineProperty({ ...operator }, 'off', { get: off, enumerable: true }));
  }
}

export interface OperatorSources {
  /** Folder with one sub-folder per operator. */
  directory: string;
  /** Values of OPERATOR_SECRET_<NAME>, by NAME. */
  secrets: ReadonlyMap<string, Secret>;
  /** Where the simulated operators listen; undefined: they are off. */
  sandboxUrl?: string;
}

/**
 * Reads every `<directory>/<id>/operator.yaml`, once, at boot.
 * @throws OperatorConfigError naming file, field and remedy of everything that is wrong
 */
export function loadOperators(sources: OperatorSources): Operators {
  const faults: OperatorFault[] = [];
  const operators: Operator[] = [];
  for (const folder of operatorFolders(sources.directory)) {
    try {
      operators.push(loadOperator(folder, sources));
    } catch (error) {
      if (!(error instanceof OperatorConfigError)) throw error;
      faults.push(...error.faults);
    }
  }
  const fileOf = ({ id }: Operator) => join(sources.directory, id, MANIFEST);
  const folders = new Set(operatorFolders(sources.directory).map((folder) => basename(folder)));
  faults.push(...routeFaults(operators, fileOf), ...alternativeFaults(operators, folders, fileOf));
  if (faults.length > 0) throw new OperatorConfigError(faults);
  return new Operators(operators);
}

/**
 * Folders of operators, in alphabetical order; hidden ones and plain files are none.
 * @throws OperatorConfigError when the directory cannot be read
 */
export function operatorFolders(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => join(directory, entry.name))
      .sort();
  } catch {
    throw new OperatorConfigError([
      {
        file: directory,
        field: '',
        remedy: 'cannot be read: set OPERATORS_DIR to the folder of the operators',
      },
    ]);
  }
}

function loadOperator(folder: string, { secrets, sandboxUrl }: OperatorSources): Operator {
  const file = join(folder, MANIFEST);
  const manifest = readYaml(file, Manifest);
  const dialect = dialectNamed(manifest.dialect);
  const tls = clientCertificate(file, manifest.mtls, secrets);
  const faults = [
    ...tls.faults,
    ...(manifest.id === basename(folder)
      ? []
      : [{ file, field: 'id', remedy: `write ${basename(folder)}, as the folder is named` }]),
    ...(dialect
      ? capabilityFaults(file, manifest, dialect)
      : [{ file, field: 'dialect', remedy: `write one of ${DIALECTS.map(({ name }) => name).join(', ')}` }]),
  ];
  if (!dialect || faults.length > 0) throw new OperatorConfigError(faults);
  const sandboxIssuer = `${sandboxUrl ?? NOWHERE}/${manifest.id}`;
  const sandbox = manifest.lifecycle === 'sandbox';
  return Object.freeze({
    ...manifest,
    dialect,
    apiRoot: (manifest.apiRoot ?? sandboxIssuer).replace(/\/$/, ''),
    auth: sandbox ? { ...manifest.auth, issuer: sandboxIssuer } : manifest.auth,
    ...(tls.certificate && { clientCertificate: tls.certificate }),
    off: whyOff(manifest, secrets, sandboxUrl),
  });
}

function capabilityFaults(file: string, { capabilities }: Manifest, dialect: Dialect): OperatorFault[] {
  return (['share', 'verifyPlain', 'verifyHashed'] as const)
    .filter((name) => capabilities[name] && !dialect.capabilities[name])
    .map((name) => ({
      file,
      field: `capabilities.${name}`,
      remedy: `write false: ${dialect.name} has none`,
    }));
}

function whyOff(
  { auth, lifecycle, mtls }: Manifest,
  secrets: ReadonlyMap<string, Secret>,
  sandboxUrl: string | undefined,
): string | undefined {
  if (lifecycle === 'sandbox' && sandboxUrl === undefined) return 'the sandbox is not running';
  const named = [
    ...('secret' in auth.client ? [auth.client.secret] : []),
    ...(mtls ? [mtls.certificate, mtls.key] : []),
  ];
  const missing = named.find((name) => !secrets.has(name));
  return missing === undefined ? undefined : `OPERATOR_SECRET_${missing} is not set`;
}
