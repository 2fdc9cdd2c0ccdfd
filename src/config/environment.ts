import { z } from 'zod';
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
 * Every environment variable the gateway reads, except OPERATOR_SECRET_<NAME> and CONFIG_SECRET_<NAME>: those are
 * named by the manifests in `operators/` and by files of declarative configuration. The description of each is its row in README.
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
  NETWORK_ID_TOKEN_URL: lookupUrl.optional().meta({
    description:
      'Token endpoint in front of that source (client credentials), in the place of `NETWORK_ID_TOKEN`; with the two below.',
  }),
  NETWORK_ID_CLIENT_ID: z.string().min(1).optional().meta({ description: 'Our client id there.' }),
  NETWORK_ID_CLIENT_SECRET: z
    .string()
    .transform((value) => new Secret(value))
    .optional()
    .meta({
      description: 'Our client secret there, or our private key in PEM: then `private_key_jwt`.',
      secret: true,
    }),
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
  CALL_TRACES: z.enum(['incidents', 'all']).default('incidents').meta({
    description:
      'Which calls have a trace for look-ups by x-correlator: those that were refused, failed or took a second, or all.',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({ description: 'OTLP/HTTP collector (base URL) that gets traces. Unset: no tracing.' }),
  METRICS_TENANT_LABEL_MAX: wholeNumber(0, 100).meta({
    description:
      'Tenants with a metric of their own; further ones are counted together. 0: calls are not counted by tenant.',
  }),
  METRICS_UPSTREAM_HISTOGRAM: z.enum(['true', 'false']).default('true').meta({
    description:
      'Whether the response times of operators are measured one by one: the largest family of metrics.',
  }),
  METRICS_OPERATOR_HISTOGRAM_MAX: wholeNumber(1, 20).meta({
    description: 'Operators with such a measurement of their own; further ones are measured together.',
  }),
  GIT_COMMIT: z
    .string()
    .regex(/^[0-9a-f]{7,64}$/, 'a commit of Git')
    .optional()
    .meta({ description: 'Commit that this build was made of, for `nvgw_build_info`.' }),
  OTEL_SERVICE_NAME: z.string().default('nvgw').meta({ description: 'Name of this service in traces.' }),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1).meta({
    description:
      'Share of the traces that begin here which is recorded; a caller that sends a trace context decides for its own.',
  }),
});
