import { join } from 'node:path';
import { z } from 'zod';
import { StartError } from '../contract/start-error.js';
import { Secret } from '../contract/secret.js';

const PORT = { error: 'a port number, 0 to 65535' };
const port = (fallback: number) =>
  z.coerce.number(PORT).int(PORT).min(0, PORT).max(65_535, PORT).default(fallback);

const SECONDS = { error: 'whole seconds, 0 to 300' };

const wholeNumber = (least: number, fallback: number) => {
  const allowed = { error: `a whole number, ${least} or more` };
  return z.coerce.number(allowed).int(allowed).min(least, allowed).default(fallback);
};

const keyEncryptionKey = z
  .string()
  .refine((value) => Buffer.from(value, 'base64').length === 32, '32 bytes in base64')
  .transform((value) => new Secret(value));

const postgresUrl = z
  .url({ protocol: /^postgres(ql)?$/, error: 'postgres://user:password@host:port/database' })
  .transform((value) => new Secret(value));

/** Phone numbers travel to it: in clear text only inside this machine. */
const lookupUrl = z
  .url({ protocol: /^https?$/, error: 'an https URL; http only to localhost' })
  .refine(
    (value) => /^https:|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]/.test(`${value}/`),
    'an https URL; http only to localhost',
  );

const redisUrl = z
  .url({ protocol: /^rediss?$/, error: 'redis://user:password@host:port/database, or rediss:// for TLS' })
  .transform((value) => new Secret(value));

const publicUrl = z
  .url({ protocol: /^https?$/, error: 'an http(s) URL without path, such as https://gateway.example' })
  .refine((value) => /^https?:\/\/[^/?#]+\/?$/.test(value), 'an http(s) URL without path')
  .transform((value) => value.replace(/\/$/, ''));

/**
 * Every environment variable the gateway reads, except OPERATOR_SECRET_<NAME>: those are named by the
 * manifests in `operators/`. The description of each is its row in README.
 */
export const Environment = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .meta({ description: '`production` switches the sandbox off unless it is asked for by name.' }),
  SANDBOX: z.enum(['on', 'off']).optional().meta({
    description:
      'Simulated operators, a seeded tenant and migrations at boot. Unset: on while neither `KEY_ENCRYPTION_KEY` nor `NODE_ENV=production` is set.',
  }),
  HOST: z.string().min(1).default('0.0.0.0').meta({ description: 'Address the API listens on.' }),
  PORT: port(3000).meta({ description: 'Port of the API and the authorization server; 0 picks a free one.' }),
  MANAGEMENT_PORT: port(3001).meta({ description: 'Port of `/livez`, `/readyz`, `/metrics`.' }),
  SANDBOX_PORT: port(3100).meta({
    description: 'Port of the simulated operators, on loopback (sandbox mode only).',
  }),
  SANDBOX_URL: publicUrl.optional().meta({
    description:
      'Sandbox mode against the simulated operators of another process, instead of starting them here.',
  }),
  PUBLIC_URL: publicUrl.optional().meta({
    description:
      'Issuer and API root as clients see them. Required outside sandbox mode; there `http://localhost:$PORT`.',
  }),
  DATABASE_URL: postgresUrl.optional().meta({
    description: 'PostgreSQL 15 or newer. Unset in sandbox mode: an embedded server under `DATA_DIR`.',
    secret: true,
  }),
  DATA_DIR: z.string().min(1).default('.data').meta({
    description: 'Folder for the embedded database and `sandbox.json`.',
  }),
  OPERATORS_DIR: z
    .string()
    .min(1)
    .default('operators')
    .meta({ description: 'Folder with one sub-folder per operator.' }),
  KEY_ENCRYPTION_KEY: keyEncryptionKey.optional().meta({
    description:
      '32 bytes in base64: encrypts the keys kept in Postgres. Required outside sandbox mode; there one is made under `DATA_DIR`.',
    secret: true,
  }),
  KEY_ENCRYPTION_KEY_PREVIOUS: keyEncryptionKey.optional().meta({
    description:
      'While `KEY_ENCRYPTION_KEY` is being changed, the other of the two: it opens, and seals nothing.',
    secret: true,
  }),
  TRUSTED_PROXIES: z
    .string()
    .default('127.0.0.0/8,::1/128')
    .transform((value) => value.split(',').map((entry) => entry.trim()))
    .pipe(z.array(z.union([z.cidrv4(), z.cidrv6()], { error: 'a comma-separated list of CIDR blocks' })))
    .meta({
      description:
        'CIDR blocks of the proxies that are believed about the address of a client, comma-separated.',
    }),
  CLIENT_ADDRESS_HEADER: z.enum(['x-forwarded-for', 'forwarded']).default('x-forwarded-for').meta({
    description: 'The one header in which those proxies write it; any other is ignored.',
  }),
  NETWORK_ID_URL: lookupUrl.optional().meta({
    description:
      'Source for number portability (GSMA Network Id API); `/network-id/v0/resolve-network-id` is appended.',
  }),
  NETWORK_ID_TOKEN: z
    .string()
    .transform((value) => new Secret(value))
    .optional()
    .meta({ description: 'Bearer token for that source.', secret: true }),
  CLIENT_SECRETS: z.enum(['off', 'test', 'on']).default('test').meta({
    description:
      'Client secrets of applications beside keys: none, those that reach simulated operators only, or all.',
  }),
  BROKER_POLICY: z.enum(['open', 'closed']).default('open').meta({
    description:
      'While Postgres is away: `open` keeps sign-ins in memory and goes on, `closed` refuses them (503).',
  }),
  LEDGER_POLICY: z.enum(['open', 'closed']).default('open').meta({
    description:
      'While Postgres is away: `open` records calls in a journal on disk and goes on, `closed` refuses them (503).',
  }),
  JOURNAL_DIR: z.string().min(1).optional().meta({
    description:
      'Folder of that journal, on a disk that outlives the process. Unset: `journal` in `DATA_DIR`.',
  }),
  JOURNAL_MAX_BYTES: wholeNumber(1_048_576, 2_147_483_648).meta({
    description: 'What the journal may take on disk; when it is full, calls are refused (503).',
  }),
  JOURNAL_SYNC: z.enum(['write', 'dispatch']).default('write').meta({
    description:
      'When the journal is forced to disk: every 50 ms, or before each `dispatch` (a power failure then loses nothing).',
  }),
  USAGE_RETENTION_MONTHS: wholeNumber(1, 13).meta({
    description: 'How long usage records are kept; then they are deleted day by day.',
  }),
  ADMIN_OIDC_ISSUER: z
    .url({ protocol: /^https?$/, error: 'an http or https URL' })
    .optional()
    .meta({
      description: 'OpenID provider at which people sign in for the admin API; with the two below, or none.',
    }),
  ADMIN_OIDC_AUDIENCE: z.string().min(1).optional().meta({
    description: 'What its access tokens for the admin API name as `aud`.',
  }),
  ADMIN_OIDC_JWKS_URI: z
    .url({ protocol: /^https?$/, error: 'an http or https URL' })
    .optional()
    .meta({ description: 'Where its public keys are.' }),
  REDIS_URL: redisUrl.optional().meta({
    description:
      'Redis 6 or newer, in which all replicas count limits together. Unset: each process counts for itself.',
    secret: true,
  }),
  REPLICAS: wholeNumber(1, 1).meta({
    description:
      'How many gateways share the work: a process that counts alone keeps to that part of each limit.',
  }),
  MAX_IN_FLIGHT: wholeNumber(16, 256).meta({
    description:
      'Requests one process works on at a time; more are refused (503), new sign-ins before calls.',
  }),
  ADMIN_REQUESTS_PER_MINUTE: z.coerce
    .number({ error: 'a whole number of at least 1' })
    .int({ error: 'a whole number of at least 1' })
    .min(1, { error: 'a whole number of at least 1' })
    .default(600)
    .meta({ description: 'Requests to the admin API per caller and process.' }),
  DRAIN_SECONDS: z.coerce.number(SECONDS).int(SECONDS).min(0, SECONDS).max(300, SECONDS).optional().meta({
    description:
      'How long a process that is told to stop goes on answering, so that callers find another. Unset: 5; in sandbox mode 0.',
  }),
  LOG_LEVEL: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'])
    .default('info')
    .meta({ description: 'Least severe level written to stdout.' }),
});

/** Until load balancers and their callers have noticed. */
const DRAIN_SECONDS = 5;

const SECRET_PREFIX = 'OPERATOR_SECRET_';

/** The one configuration object; frozen. Secrets inside print as `[redacted]`. */
export interface AppConfig {
  readonly production: boolean;
  readonly sandbox: boolean;
  readonly host: string;
  readonly port: number;
  readonly managementPort: number;
  readonly sandboxPort: number;
  readonly sandboxUrl: string | undefined;
  /** Issuer and API root without trailing slash; undefined until the port is known (sandbox, PORT=0). */
  readonly publicUrl: string | undefined;
  readonly databaseUrl: Secret | undefined;
  readonly dataDir: string;
  readonly operatorsDir: string;
  readonly keyEncryptionKey: Secret | undefined;
  readonly previousKeyEncryptionKey: Secret | undefined;
  readonly trustedProxies: readonly string[];
  readonly clientAddressHeader: 'x-forwarded-for' | 'forwarded';
  readonly networkIdUrl: string | undefined;
  readonly networkIdToken: Secret | undefined;
  readonly clientSecrets: 'off' | 'test' | 'on';
  readonly brokerPolicy: 'open' | 'closed';
  readonly ledger: LedgerSettings;
  /** Undefined: people cannot sign in, services can. */
  readonly adminOidc:
    { readonly issuer: string; readonly audience: string; readonly jwksUri: string } | undefined;
  readonly limits: LimitsSettings;
  /** How long a process goes on answering after it was told to stop. */
  readonly drainMs: number;
  readonly adminRequestsPerMinute: number;
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug';
  /** Values of OPERATOR_SECRET_<NAME>, by NAME. */
  readonly operatorSecrets: ReadonlyMap<string, Secret>;
}

/** How calls are recorded while Postgres is away, and for how long they are kept. */
export interface LedgerSettings {
  readonly policy: 'open' | 'closed';
  readonly journalDir: string;
  readonly journalMaxBytes: number;
  readonly journalSync: 'write' | 'dispatch';
  readonly retentionMonths: number;
}

/** Where limits are counted, and how much one process takes on. */
interface LimitsSettings {
  readonly redisUrl: Secret | undefined;
  readonly replicas: number;
  readonly maxInFlight: number;
}

/** Nest's token for {@link AppConfig}. */
export const CONFIG = Symbol('AppConfig');

/** A wrong environment: the message names each variable, what is allowed and what was given. */
export class ConfigError extends StartError {}

/**
 * Reads the environment once.
 * @throws ConfigError when a variable is wrong or missing; a secret's value is never in the message
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): AppConfig {
  // An empty variable is an unset one: `PORT= npm start` and compose files with blanks mean the default.
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = Environment.safeParse(given);
  if (!parsed.success) throw new ConfigError(explain(parsed.error, given));
  const values = parsed.data;
  const production = values.NODE_ENV === 'production';
  const sandbox = values.SANDBOX ? values.SANDBOX === 'on' : !production && !values.KEY_ENCRYPTION_KEY;
  if (!sandbox) {
    const missing = (['KEY_ENCRYPTION_KEY', 'DATABASE_URL', 'PUBLIC_URL'] as const).filter(
      (name) => !values[name],
    );
    if (missing.length > 0) {
      throw new ConfigError(
        `${missing.map((name) => `${name}: required outside sandbox mode, not given`).join('\n')}\n` +
          'Set them, or SANDBOX=on to try the gateway with simulated operators.',
      );
    }
  }
  return Object.freeze({
    production,
    sandbox,
    host: values.HOST,
    port: values.PORT,
    managementPort: values.MANAGEMENT_PORT,
    sandboxPort: values.SANDBOX_PORT,
    sandboxUrl: values.SANDBOX_URL,
    publicUrl: values.PUBLIC_URL ?? (values.PORT === 0 ? undefined : `http://localhost:${values.PORT}`),
    databaseUrl: values.DATABASE_URL,
    dataDir: values.DATA_DIR,
    operatorsDir: values.OPERATORS_DIR,
    keyEncryptionKey: values.KEY_ENCRYPTION_KEY,
    previousKeyEncryptionKey: values.KEY_ENCRYPTION_KEY_PREVIOUS,
    trustedProxies: Object.freeze(values.TRUSTED_PROXIES),
    clientAddressHeader: values.CLIENT_ADDRESS_HEADER,
    networkIdUrl: values.NETWORK_ID_URL,
    networkIdToken: values.NETWORK_ID_TOKEN,
    clientSecrets: values.CLIENT_SECRETS,
    brokerPolicy: values.BROKER_POLICY,
    ledger: Object.freeze({
      policy: values.LEDGER_POLICY,
      journalDir: values.JOURNAL_DIR ?? join(values.DATA_DIR, 'journal'),
      journalMaxBytes: values.JOURNAL_MAX_BYTES,
      journalSync: values.JOURNAL_SYNC,
      retentionMonths: values.USAGE_RETENTION_MONTHS,
    }),
    adminOidc: adminOidcOf(values),
    limits: Object.freeze({
      redisUrl: values.REDIS_URL,
      replicas: values.REPLICAS,
      maxInFlight: values.MAX_IN_FLIGHT,
    }),
    adminRequestsPerMinute: values.ADMIN_REQUESTS_PER_MINUTE,
    drainMs: 1000 * (values.DRAIN_SECONDS ?? (sandbox ? 0 : DRAIN_SECONDS)),
    logLevel: values.LOG_LEVEL,
    operatorSecrets: new Map(
      Object.entries(given)
        .filter(([name]) => name.startsWith(SECRET_PREFIX))
        .map(([name, value]) => [name.slice(SECRET_PREFIX.length), new Secret(value!)]),
    ),
  });
}

/** @throws ConfigError when one of the three is missing */
function adminOidcOf(values: z.infer<typeof Environment>): AppConfig['adminOidc'] {
  const { ADMIN_OIDC_ISSUER: issuer, ADMIN_OIDC_AUDIENCE: audience, ADMIN_OIDC_JWKS_URI: jwksUri } = values;
  if (!issuer && !audience && !jwksUri) return undefined;
  if (issuer && audience && jwksUri) return Object.freeze({ issuer, audience, jwksUri });
  throw new ConfigError(
    'ADMIN_OIDC_ISSUER, ADMIN_OIDC_AUDIENCE, ADMIN_OIDC_JWKS_URI: give all three, or none',
  );
}

function explain(error: z.ZodError, given: Record<string, string | undefined>): string {
  return error.issues
    .map((issue) => {
      const name = String(issue.path[0]) as keyof typeof Environment.shape;
      const secret = Environment.shape[name].meta()?.secret === true;
      const allowed = issue.code === 'invalid_value' ? `one of ${issue.values.join(', ')}` : issue.message;
      return `${name}: allowed is ${allowed}; given was ${secret ? '[redacted]' : JSON.stringify(given[name])}`;
    })
    .join('\n');
}
