import { randomUUID } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import type { EntityManager } from 'typeorm';
import { Database } from '../database/database.js';
import { MemberEntity } from './member.entity.js';

export interface FirstAdmin {
  readonly clientId: string;
  /** Public. */
  readonly jwks: JSONWebKeySet;
}

const SANDBOX_ADMIN = 'sandbox-admin';

/** The sandbox's partner admin; seeding again gives it these keys. */
export async function seedPartnerAdmin(database: Database, { clientId, jwks }: FirstAdmin): Promise<void> {
  await database.dataSource.transaction(async (manager) => {
    await manager.query("SELECT pg_advisory_xact_lock(hashtextextended('seed', 0))");
    const before = await manager.findOne(MemberEntity, { where: { key: SANDBOX_ADMIN }, withDeleted: true });
    if (!before) await insertPartnerAdmin(manager, SANDBOX_ADMIN, 'Sandbox admin', { clientId, jwks });
    else if (before.clientId !== clientId) await manager.update(MemberEntity, before.id, { clientId, jwks });
  });
}

/**
 * The first partner admin, when there is none.
 * @returns its id; undefined when somebody may administer already
 */
export async function createFirstPartnerAdmin(
  manager: EntityManager,
  admin: FirstAdmin,
): Promise<string | undefined> {
  await manager.query("SELECT pg_advisory_xact_lock(hashtextextended('seed', 0))");
  const [found] = await manager.query<{ id: string }[]>(
    `SELECT id FROM members
     WHERE tenant_id IS NULL AND 'partner-admin' = ANY (roles) AND status = 'active' AND deleted_at IS NULL
     LIMIT 1`,
  );
  return found ? undefined : insertPartnerAdmin(manager, 'first-admin', 'First partner admin', admin);
}

async function insertPartnerAdmin(
  manager: EntityManager,
  key: string,
  displayName: string,
  { clientId, jwks }: FirstAdmin,
): Promise<string> {
  const id = randomUUID();
  await manager.insert(MemberEntity, {
    id,
    key,
    tenantId: null,
    kind: 'service',
    displayName,
    roles: ['partner-admin'],
    clientId,
    jwks: jwks as never,
    status: 'active',
  });
  return id;
}
