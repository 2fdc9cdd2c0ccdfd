import { join } from 'node:path';
import { z } from 'zod';
import { StartError } from '../contract/start-error.js';
import { Secret } from '../contract/secret.js';
import { Environment } from './environment.js';

/** Until load balancers and their callers have noticed. */
const DRAIN_SECONDS = 5;

const SECRET_PREFIX = 'OPERATOR_SECRET_';
const CONFIG_SECRET_PREFIX = 'CONFIG_SECRET_';

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
  /** Who gets a token for it, where there is none to begin with. */
  readonly networkIdClient:
    { readonly tokenUrl: string; readonly clientId: string; readonly secret: Secret } | undefined;
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
  readonly metrics: MetricsSettings;
  /** Undefined: no tracing. */
  readonly tracing: TracingSettings | undefined;
  /** Values of OPERATOR_SECRET_<NAME>, by NAME. */
  readonly operatorSecrets: ReadonlyMap<string, Secret>;
  /** What files of declarative configuration refer to: by the variable's whole name, CONFIG_SECRET_<NAME>. */
  readonly configSecrets: ReadonlyMap<string, Secret>;
}

export interface TracingSettings {
  /** Base URL of an OTLP/HTTP collector. */
  readonly endpoint: string;
  readonly serviceName: string;
  /** 0 to 1. */
  readonly sampleRatio: number;
}

/** How calls are recorded while Postgres is away, and for how long they are kept. */
export interface LedgerSettings {
  readonly policy: 'open' | 'closed';
  readonly journalDir: string;
  readonly journalMaxBytes: number;
  readonly journalSync: 'write' | 'dispatch';
  readonly retentionMonths: number;
  readonly traces: 'incidents' | 'all';
}

/** How many tenants and operators have metrics of their own, and what this build says of itself. */
interface MetricsSettings {
  readonly tenantLabelMax: number;
  /** 0: none. */
  readonly operatorHistogramMax: number;
  readonly commit: string;
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
    networkIdClient: networkIdClientOf(values),
    clientSecrets: values.CLIENT_SECRETS,
    brokerPolicy: values.BROKER_POLICY,
    ledger: Object.freeze({
      policy: values.LEDGER_POLICY,
      journalDir: values.JOURNAL_DIR ?? join(values.DATA_DIR, 'journal'),
      journalMaxBytes: values.JOURNAL_MAX_BYTES,
      journalSync: values.JOURNAL_SYNC,
      retentionMonths: values.USAGE_RETENTION_MONTHS,
      traces: values.CALL_TRACES,
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
    metrics: Object.freeze({
      tenantLabelMax: values.METRICS_TENANT_LABEL_MAX,
      operatorHistogramMax:
        values.METRICS_UPSTREAM_HISTOGRAM === 'true' ? values.METRICS_OPERATOR_HISTOGRAM_MAX : 0,
      commit: values.GIT_COMMIT ?? 'unknown',
    }),
    tracing: values.OTEL_EXPORTER_OTLP_ENDPOINT
      ? {
          endpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
          serviceName: values.OTEL_SERVICE_NAME,
          sampleRatio: values.OTEL_TRACES_SAMPLER_ARG,
        }
      : undefined,
    operatorSecrets: new Map(
      Object.entries(given)
        .filter(([name]) => name.startsWith(SECRET_PREFIX))
        .map(([name, value]) => [name.slice(SECRET_PREFIX.length), new Secret(value!)]),
    ),
    configSecrets: new Map(
      Object.entries(given)
        .filter(([name]) => name.startsWith(CONFIG_SECRET_PREFIX))
        .map(([name, value]) => [name, new Secret(value!)]),
    ),
  });
}

/** @throws ConfigError when one of the three is missing, or there is a token beside them */
function networkIdClientOf(values: z.infer<typeof Environment>): AppConfig['networkIdClient'] {
  const { NETWORK_ID_TOKEN_URL: tokenUrl, NETWORK_ID_CLIENT_ID: clientId } = values;
  const { NETWORK_ID_CLIENT_SECRET: secret, NETWORK_ID_TOKEN: token } = values;
  if (!tokenUrl && !clientId && !secret) return undefined;
  if (tokenUrl && clientId && secret && !token) return Object.freeze({ tokenUrl, clientId, secret });
  throw new ConfigError(
    'NETWORK_ID_TOKEN_URL, NETWORK_ID_CLIENT_ID, NETWORK_ID_CLIENT_SECRET: give all three, or none; then no NETWORK_ID_TOKEN',
  );
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
