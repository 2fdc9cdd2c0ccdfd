import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Gateway, startGateway } from '../../src/boot.js';
import { Grant } from '../../src/contract/grant.js';
import { VERIFY_SCOPE } from '../../src/contract/number-verification.js';
import { Database } from '../../src/database/database.js';
import { Grants } from '../../src/grants/grants.js';
import { seedTenant } from '../../src/tenants/seed.js';
import { Tenants } from '../../src/tenants/tenants.js';
import { Contender, ContenderGround } from '../contender.js';
import { OPERATOR_ID, OPERATOR_TOKEN } from '../wire.js';

// Compiled to dist/bench/contenders: the manifest stays beside the sources.
const OPERATORS = fileURLToPath(new URL('../../../bench/operators', import.meta.url));

/** Calls per second and at once: the limiter runs, and refuses nobody. */
const NO_LIMIT = 100_000;

type Route = Omit<Grant, 'jti' | 'issuedAt' | 'expiresAt'>;

/** This gateway with everything on; its log goes where `npm start` would have it, its stdout. */
export async function startGatewayContender(ground: ContenderGround): Promise<Contender> {
  const gateway = await startGateway({
    SANDBOX: 'on',
    SANDBOX_URL: ground.stubUrl,
    OPERATORS_DIR: OPERATORS,
    DATABASE_URL: ground.databaseUrl,
    DATA_DIR: join(ground.folder, 'gateway'),
    HOST: '127.0.0.1',
    PORT: '0',
    MANAGEMENT_PORT: '0',
  });
  const route = await register(gateway);
  const grants = gateway.app.get(Grants);
  return {
    port: Number(new URL(gateway.url).port),
    bearers: (count) => Array.from({ length: count }, () => grants.seal(freshGrant(route))),
    close: () => gateway.close(),
  };
}

/** An application that may call the stub as fast as it can. */
async function register({ app }: Gateway): Promise<Route> {
  const seeded = await seedTenant(app.get(Database), {
    jwks: { keys: [] },
    redirectUris: [],
    operatorIds: [OPERATOR_ID],
    ratePerSecond: NO_LIMIT,
    burst: NO_LIMIT,
  });
  const tenants = app.get(Tenants);
  await tenants.load();
  const purpose = 'dpv:FraudPreventionAndDetection';
  if (!tenants.subscriptionFor(seeded.applicationId, purpose, [VERIFY_SCOPE])) {
    throw new Error('the seeded application is not subscribed to verify');
  }
  return {
    tenantId: seeded.tenantId,
    applicationId: seeded.applicationId,
    clientId: seeded.clientId,
    subscriptionId: seeded.subscriptionId,
    operatorId: OPERATOR_ID,
    registrationId: seeded.registrations.find(({ operatorId }) => operatorId === OPERATOR_ID)!.id,
    scopes: [VERIFY_SCOPE],
    purpose,
    amr: [],
    subject: randomUUID(),
    operatorToken: OPERATOR_TOKEN,
  };
}

/** As the authorization server would seal it, for one call. */
function freshGrant(route: Route): Grant {
  const issuedAt = Math.floor(Date.now() / 1_000) - 10;
  return { ...route, jti: randomUUID(), issuedAt, expiresAt: issuedAt + 300 };
}
