import { z } from 'zod';

const secretName = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'the NAME of an OPERATOR_SECRET_<NAME> variable');
const path = z.string().regex(/^(\/[\w.~-]+)*$/, 'an absolute path without trailing slash');
const httpsUrl = z.url({ protocol: /^https$/, error: 'an https URL' });
const method = z.string().regex(/^[a-z0-9_-]+$/, 'an amr value in lower case');
const MCCMNC = 'MCC and MNC as 5 or 6 digits, in quotes';
const mccmnc = z.string({ error: MCCMNC }).regex(/^\d{5,6}$/, MCCMNC);

const operatorId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{1,49}$/, 'lower-case letters, digits and dashes, as the folder is named');

const CLIENT_METHODS =
  'method: private_key_jwt, client_secret_basic, client_secret_post or application_jwt, with what it needs';

/** How we prove to the operator's token endpoint who we are. Secrets by name, never by value. */
const ClientAuthentication = z.discriminatedUnion(
  'method',
  [
    z.strictObject({
      method: z.literal('private_key_jwt'),
      /** What our assertions name as `aud`: one string. */
      audience: z.enum(['issuer', 'token_endpoint']).default('token_endpoint'),
    }),
    z.strictObject({
      method: z.enum(['client_secret_basic', 'client_secret_post']),
      secret: secretName,
      /** RFC 6749 2.3.1 percent-encodes Basic credentials; some operators take them raw only. */
      encoding: z.enum(['form', 'raw']).default('form'),
    }),
    /** Vonage: an RS256 JWT of the application, as Bearer on the token call; the secret is its PEM key. */
    z.strictObject({ method: z.literal('application_jwt'), secret: secretName }),
  ],
  { error: CLIENT_METHODS },
);

const Auth = z.strictObject({
  /** Discovery below this URL; not for sandbox operators, whose issuer is the sandbox itself. */
  issuer: httpsUrl.optional(),
  /** Where else than at the issuer's own origin its discovery may place endpoints, such as https://api.operator.example. */
  origins: z
    .array(httpsUrl.regex(/^https:\/\/[^/?#]+$/, 'an https origin, without path'))
    .max(5)
    .default([]),
  /** For operators without a valid discovery document. */
  endpoints: z
    .strictObject({
      authorization: httpsUrl,
      token: httpsUrl,
      /** CIBA. */
      backchannel: httpsUrl.optional(),
      issuer: httpsUrl.optional(),
      jwks: httpsUrl.optional(),
    })
    .optional(),
  flows: z.array(z.enum(['authorization_code', 'ciba', 'jwt_bearer'])).min(1),
  client: ClientAuthentication,
  /** `separate`: `dpv:P scope`; `joined`: `dpv:P#scope` (ICM 0.1, Vonage); `bare`: the scope alone. */
  scopeForm: z.enum(['separate', 'joined', 'bare']).default('separate'),
  /** Sends the scope `openid`. */
  openid: z.boolean().default(true),
  /** The token answer must hold an id_token. False: none is expected and none is read, `openid` or not. */
  idToken: z.boolean().default(true),
  /** What its backchannel endpoint takes as login_hint (CIBA); `tel` and `ipport` prove nothing about the device. */
  cibaHints: z
    .array(z.enum(['operatortoken', 'tel', 'ipport']))
    .min(1)
    .default(['operatortoken']),
  /** How login_hint is forwarded when the ASP gave one. */
  loginHint: z.enum(['none', 'tel', 'e164']).default('none'),
  pkce: z.boolean().default(true),
  nonce: z.boolean().default(true),
  /** Sends prompt=none. */
  promptNone: z.boolean().default(true),
  /** Repeats redirect_uri in the token call (some vendors want none). */
  redirectUriInTokenCall: z.boolean().default(true),
  /** `required`: an id_token must state an amr that is not denied; `unavailable`: the operator states none. */
  amr: z.enum(['required', 'unavailable']).default('unavailable'),
  /** Ways of authentication that are refused (RFC 8176); NV excludes passwords and one-time codes by name. */
  amrDenied: z.array(method).default(['sms', 'otp', 'pwd', 'pin', 'kba']),
  /** Those that are accepted, and no others; without a list whatever is not denied. */
  amrAllowed: z.array(method).min(1).optional(),
});

/** Us as a client of the authorization server in front of an operator's routing services (client credentials). */
const ServiceClient = z.strictObject({
  method: z.enum(['client_secret_basic', 'private_key_jwt']),
  tokenUrl: httpsUrl,
  clientId: z.string().min(1).max(200),
  /** The client secret or, for private_key_jwt, our private key in PEM: by name. */
  secret: secretName,
  /** The `kid` by which the server knows that key. */
  keyId: z.string().min(1).max(200).optional(),
  scope: z.string().min(1).max(200).optional(),
});

/** How a routing service is asked: with a bearer token, by name, or as a client that gets one. */
const access = { secret: secretName.optional(), client: ServiceClient.optional() };

/** `operators/<id>/operator.yaml`: all there is to an operator. Closed: an unknown key stops the boot. */
export const Manifest = z
  .strictObject({
    id: operatorId,
    name: z.string().min(1).max(100),
    /** ISO 3166-1 alpha-2. */
    country: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .optional(),
    dialect: z.string(),
    /** sandbox: simulated by the gateway itself. sunset: still served, its vendor has announced the end. */
    lifecycle: z.enum(['sandbox', 'live', 'sunset']),
    /** Scheme and host (and path prefix) of the API; not for sandbox operators. */
    apiRoot: httpsUrl.optional(),
    /** Follows apiRoot; free text, the dialect does not follow from it. */
    basePath: path,
    networks: z.array(mccmnc).default([]),
    /**
     * Ids of operators that are another way to the same network, such as a vendor in front of it: in this order they
     * take the sign-ins that this one cannot.
     */
    alternatives: z.array(operatorId).max(5).default([]),
    routes: z
      .strictObject({
        cidrs: z
          .array(z.union([z.cidrv4(), z.cidrv6()], { error: 'a CIDR block such as 203.0.113.0/24' }))
          .default([]),
        /** E.164 prefixes; only where numbers are not portable. */
        prefixes: z.array(z.string().regex(/^\+[1-9]\d{0,14}$/)).default([]),
      })
      .prefault({}),
    /** What it is called in routing tables and Telco Finders of its group, where that is not our id. */
    telcoOperatorId: z.string().min(1).max(200).optional(),
    /** Where it publishes its routing table: `<url>/telco-routing/v1/routing` (GSMA Open Gateway). */
    telcoRouting: z
      .strictObject({
        url: httpsUrl,
        ...access,
        refreshSeconds: z.int().min(60).max(86_400).default(3_600),
      })
      .optional(),
    /** Who tells which of its brands serves a device of a shared range: `<url>/telco-finder/v1/search`. */
    telcoFinder: z.strictObject({ url: httpsUrl, ...access }).optional(),
    auth: Auth,
    /** The client certificate that its hosts demand (RFC 8705 or a private interconnect): PEM, by name. */
    mtls: z.strictObject({ certificate: secretName, key: secretName }).optional(),
    /** Its hosts are on a private network: without this word an address that is not public is refused. */
    privateInterconnect: z.boolean().default(false),
    capabilities: z
      .strictObject({
        verifyPlain: z.boolean().default(true),
        verifyHashed: z.boolean().default(true),
        share: z.boolean().default(true),
        hashOf: z.enum(['e164', 'plain-digits']).default('e164'),
        stripPlus: z.boolean().default(false),
        acceptContentType: z.string().optional(),
      })
      .prefault({}),
    limits: z
      .strictObject({
        /** One absolute deadline for a call: recording it, connect, headers and body. */
        timeoutMs: z.int().min(100).max(30_000).default(2_500),
        connectTimeoutMs: z.int().min(50).max(10_000).default(500),
        /** Bulkhead per target (API, token endpoint). */
        maxInFlight: z.int().min(1).max(10_000).default(64),
      })
      .prefault({}),
  })
  .superRefine((manifest, ctx) => {
    const sandbox = manifest.lifecycle === 'sandbox';
    const need = (ok: boolean, where: string[], message: string): void => {
      if (!ok) ctx.addIssue({ code: 'custom', path: where, message });
    };
    need(
      sandbox === !manifest.apiRoot,
      ['apiRoot'],
      sandbox ? 'remove it: the sandbox is its own API root' : 'write the https URL of the API',
    );
    for (const name of ['telcoRouting', 'telcoFinder'] as const) {
      const { secret, client: asClient } = manifest[name] ?? {};
      need(!secret || !asClient, [name], 'write either secret or client');
    }
    need(!sandbox || !manifest.mtls, ['mtls'], 'remove it: the sandbox speaks plain HTTP');
    const endpoints = [manifest.auth.issuer, manifest.auth.endpoints].filter(Boolean).length;
    need(
      endpoints === (sandbox ? 0 : 1),
      ['auth'],
      sandbox ? 'remove issuer and endpoints: the sandbox is both' : 'write either issuer or endpoints',
    );
    const { amr, client, flows, idToken, openid } = manifest.auth;
    need(
      !flows.includes('jwt_bearer') || client.method === 'private_key_jwt',
      ['auth', 'flows'],
      'write jwt_bearer only beside private_key_jwt: our assertion is signed by that key',
    );
    need(!idToken || openid, ['auth', 'idToken'], 'write false: without openid no id_token comes');
    need(
      amr !== 'required' || idToken,
      ['auth', 'amr'],
      'write unavailable: without an id_token nothing states it',
    );
  });
export type Manifest = z.infer<typeof Manifest>;
