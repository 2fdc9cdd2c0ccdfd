import { NUMBER_VERIFICATION, SnapshotKind } from './snapshot.js';

/** Where the rows of one kind are read from. */
export interface SnapshotTable {
  readonly id: string;
  /** Another one for another content of the row: which transaction wrote it, as Postgres itself notes it. */
  readonly written: string;
  readonly columns: string;
  readonly from: string;
}

const EXPIRES_AT_MS = '(extract(epoch FROM expires_at) * 1000)::double precision AS "expiresAtMs"';

export const SNAPSHOT_TABLES: Readonly<Record<SnapshotKind, SnapshotTable>> = {
  tenants: {
    id: 'id',
    written: 'xmin::text',
    columns: 'id, status, limits',
    from: 'tenants WHERE deleted_at IS NULL',
  },
  applications: {
    id: 'id',
    written: 'xmin::text',
    columns: `id, tenant_id AS "tenantId", name, client_id AS "clientId", jwks, jwks_uri AS "jwksUri",
      redirect_uris AS "redirectUris", status`,
    from: 'applications WHERE deleted_at IS NULL',
  },
  subscriptions: {
    id: 's.id',
    written: `concat(s.xmin::text, '+', p.xmin::text)`,
    columns: `s.id, application_id AS "applicationId", product, purpose, scopes, grant_types AS "grantTypes",
      allowed_hints AS "allowedHints", countries, status, ${EXPIRES_AT_MS},
      coalesce(p.limits, '{}') || s.limits AS limits`,
    from: `subscriptions s LEFT JOIN plans p ON p.id = s.plan_id
      WHERE product = '${NUMBER_VERIFICATION}' AND s.deleted_at IS NULL`,
  },
  registrations: {
    id: 'id',
    written: 'xmin::text',
    columns: `id, operator_id AS "operatorId", application_id AS "applicationId", client_id AS "clientId",
      approval, sealed_credential AS "sealedCredential"`,
    from: 'operator_registrations WHERE deleted_at IS NULL',
  },
  credentials: {
    id: 'id',
    written: 'xmin::text',
    columns: `id, application_id AS "applicationId", mode, look_up AS "lookUp", hash, ${EXPIRES_AT_MS}`,
    from: 'credentials WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())',
  },
  members: {
    id: 'id',
    written: 'xmin::text',
    columns: `id, tenant_id AS "tenantId", kind, display_name AS "displayName", roles, subject,
      client_id AS "clientId", jwks, status`,
    from: 'members WHERE deleted_at IS NULL',
  },
  operatorSettings: {
    id: 'operator_id',
    written: 'xmin::text',
    columns: 'operator_id AS "operatorId", enabled, breakers',
    from: 'operator_settings WHERE true',
  },
};
