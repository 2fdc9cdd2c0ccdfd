import { ApiScope, VERIFY_SCOPE } from '../../src/contract/number-verification.js';
import { dialectNamed } from '../../src/dialects/dialects.js';
import { Manifest } from '../../src/operators/manifest.js';
import { Operator } from '../../src/operators/operator.js';

const AUTH: Record<string, object> = {
  'camara-0.3': { scopeForm: 'joined', client: { method: 'client_secret_basic', secret: 'BASIC' } },
  'camara-0.4': { client: { method: 'client_secret_basic', secret: 'BASIC_RAW', encoding: 'raw' } },
  'camara-1.0': { client: { method: 'private_key_jwt', audience: 'issuer' } },
  'camara-2.0': {
    flows: ['authorization_code', 'ciba'],
    client: { method: 'private_key_jwt' },
    amr: 'required',
  },
  'camara-2.1': {
    flows: ['authorization_code', 'ciba', 'jwt_bearer'],
    cibaHints: ['operatortoken', 'ipport'],
    client: { method: 'private_key_jwt' },
    amr: 'required',
  },
  'vonage-v031': {
    flows: ['authorization_code', 'ciba'],
    cibaHints: ['tel'],
    scopeForm: 'joined',
    client: { method: 'application_jwt', secret: 'APPLICATION_KEY' },
    pkce: false,
    nonce: false,
    promptNone: false,
    idToken: false,
  },
};
export const DIALECT_NAMES = Object.keys(AUTH);

/** An operator as its manifest would make it, in 10.(31 + index).0.0/16. */
export function simulated(dialect: string, changes: { auth?: object; capabilities?: object } = {}): Operator {
  const index = DIALECT_NAMES.indexOf(dialect);
  const manifest = Manifest.parse({
    id: `op-${index}`,
    name: dialect,
    dialect,
    lifecycle: 'sandbox',
    basePath: '/number-verification/vX',
    networks: [`9993${1 + index}`],
    routes: { cidrs: [`10.${31 + index}.0.0/16`] },
    auth: { flows: ['authorization_code'], ...AUTH[dialect], ...changes.auth },
    capabilities: { share: dialect !== 'vonage-v031', ...changes.capabilities },
  });
  return { ...manifest, dialect: dialectNamed(dialect)!, apiRoot: '', off: undefined };
}

export const deviceOf = (operator: Operator, host = '0.1'): string =>
  `${operator.routes.cidrs[0]!.split('.').slice(0, 2).join('.')}.${host}`;

/** The scope parameter in the form of the operator's manifest. */
export function scopeOf({ auth, dialect }: Operator, scope: ApiScope = VERIFY_SCOPE): string {
  const api = dialect.scopes[scope] ?? 'none';
  const dpv = 'dpv:FraudPreventionAndDetection';
  return `openid ${auth.scopeForm === 'joined' ? `${dpv}#${api}` : `${dpv} ${api}`}`;
}
