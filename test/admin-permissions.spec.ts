import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ADMIN_CONTROLLERS } from '../src/admin/controllers.js';
import { Described, operationsOf } from '../src/admin/operation.js';
import { reachOf } from '../src/admin/permissions.js';
import { PARTNER_ROLES, Role, TENANT_ROLES } from '../src/tenants/member.entity.js';
import { AdminAnswer, AdminClient, adminOf, memberOf } from './support/admin.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';

const OPERATIONS = operationsOf(ADMIN_CONTROLLERS);
const ROLES: readonly Role[] = [...PARTNER_ROLES, ...TENANT_ROLES];

let gateway: TestGateway;
/** Ids of a tenant that is nobody's who asks here. */
let foreign: Record<string, string>;
const clients = new Map<Role, AdminClient>();

beforeAll(async () => {
  gateway = await startTestGateway();
  const admin = await adminOf(gateway);
  const own = (await admin.post('tenants', { name: 'Own' })).body['id'] as string;
  for (const role of ROLES) {
    const ofPartner = (PARTNER_ROLES as readonly Role[]).includes(role);
    clients.set(role, await memberOf(gateway, role, ofPartner ? null : own));
  }
  foreign = await foreignResources(admin);
});
afterAll(() => gateway.close());

/** One of each kind in another tenant: the sandbox's own. */
async function foreignResources(admin: AdminClient): Promise<Record<string, string>> {
  const first = async (path: string): Promise<string> => {
    const { body } = await admin.get(path);
    return (body['items'] as { id: string }[] | undefined)?.[0]?.id ?? randomUUID();
  };
  const tenants = await first('tenants?key=sandbox');
  return {
    tenants,
    applications: await first(`tenants/${tenants}/applications`),
    subscriptions: await first(`tenants/${tenants}/subscriptions`),
    registrations: await first('registrations'),
  };
}

function pathOf({ fullPath }: Described): string {
  const parts = fullPath.replace('/admin/v1/', '').split('/');
  return parts
    .map((part, index) => {
      if (!part.startsWith('{')) return part;
      if (part === '{operatorId}') return gateway.sandbox.devices[0]!.operator;
      if (part === '{target}') return 'api';
      return foreign[parts[index - 1]!] ?? randomUUID();
    })
    .join('/');
}

const send = (client: AdminClient, operation: Described): Promise<AdminAnswer> =>
  client.send(operation.method, pathOf(operation), operation.body && {}, {
    'if-match': '"1"',
    'idempotency-key': randomUUID(),
  });

describe.each(OPERATIONS.map((operation) => [operation.operationId, operation] as const))(
  '%s',
  (_, operation) => {
    test.each(ROLES)('is refused to %s exactly when the table says so', async (role) => {
      const { status, body } = await send(clients.get(role)!, operation);
      expect(status).toBeLessThan(500);
      if (reachOf(operation.permission, [role])) {
        // Whatever else is wrong with the request: it is not the role. Some rules look at who it is again.
        if (status === 403) expect(body['message']).not.toContain('permission');
      } else {
        expect(status).toBe(403);
      }
    });

    const named = /\{(?!operatorId|target)/.test(operation.fullPath);
    if (named) {
      test.each(TENANT_ROLES)('shows %s nothing of another tenant', async (role) => {
        const { status, body } = await send(clients.get(role)!, operation);
        // Without the permission it is 403 for any id, so that is no oracle; 400 comes before any look-up.
        expect([400, 403, 404]).toContain(status);
        expect(JSON.stringify(body)).not.toContain('Sandbox');
      });
    }

    test('is refused to strangers', async () => {
      const answer = await fetch(`${gateway.url}/admin/v1/${pathOf(operation)}`, {
        method: operation.method,
      });
      expect(answer.status).toBe(401);
    });
  },
);

test('every route of the admin API is one of these operations', () => {
  const routes = gateway.app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
  expect(OPERATIONS.length).toBeGreaterThan(0);
  expect(new Set(OPERATIONS.map(({ operationId }) => operationId)).size).toBe(OPERATIONS.length);
  expect(routes).toContain('admin/v1');
});
