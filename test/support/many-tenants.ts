import type { Pool } from 'pg';

const PURPOSE = 'dpv:FraudPreventionAndDetection';

/** As many tenants, each with two applications, subscriptions and registrations, and a secret. */
export async function insertTenants(pool: Pool, count: number): Promise<void> {
  const client = await pool.connect();
  const run = async (text: string, values: unknown[]): Promise<void> => {
    const statement = { text, values, query_timeout: 60_000 };
    await client.query(statement);
  };
  try {
    await client.query("SET statement_timeout = '60s'");
    await run(
      `INSERT INTO tenants (id, key, name, limits)
       SELECT md5('t' || n)::uuid, 't-' || n, 'Tenant ' || n, '{"ratePerSecond": 100, "burst": 100}'
       FROM generate_series(1, $1) n`,
      [count],
    );
    await run(
      `INSERT INTO applications (id, key, tenant_id, name, client_id, jwks, redirect_uris)
       SELECT md5('a' || m)::uuid, 'a-' || m, md5('t' || (m + 1) / 2)::uuid, 'Application ' || m, 'client-' || m,
         jsonb_build_object('keys', jsonb_build_array(jsonb_build_object('kty', 'EC', 'crv', 'P-256', 'use', 'sig',
           'alg', 'ES256', 'kid', md5('k' || m), 'x', repeat('x', 43), 'y', repeat('y', 43)))),
         ARRAY['https://asp-' || m || '.example/callback', 'https://asp-' || m || '.example/other']
       FROM generate_series(1, 2 * $1) m`,
      [count],
    );
    await run(
      `INSERT INTO subscriptions (id, key, tenant_id, application_id, product, purpose, scopes, grant_types, status,
         legal_basis, limits)
       SELECT md5('s' || m)::uuid, 's-' || m, md5('t' || (m + 1) / 2)::uuid, md5('a' || m)::uuid,
         'number-verification', '${PURPOSE}',
         '{number-verification:verify,number-verification:device-phone-number:read}',
         '{authorization_code}', 'active', 'dpv:LegitimateInterest', '{"perDay": 10000}'
       FROM generate_series(1, 2 * $1) m`,
      [count],
    );
    await run(
      `INSERT INTO operator_registrations (id, key, tenant_id, operator_id, application_id, client_id, approval)
       SELECT md5('r' || m)::uuid, 'r-' || m, md5('t' || (m + 1) / 2)::uuid, 'operator-1', md5('a' || m)::uuid,
         md5('there' || m), 'approved'
       FROM generate_series(1, 2 * $1) m`,
      [count],
    );
    await run(
      `INSERT INTO credentials (id, tenant_id, application_id, mode, look_up, hash, last_four)
       SELECT md5('c' || n)::uuid, md5('t' || n)::uuid, md5('a' || 2 * n)::uuid, 'test', 'look-up-' || n,
         decode(md5('h' || n) || md5('i' || n), 'hex'), 'abcd'
       FROM generate_series(1, $1) n`,
      [count],
    );
  } finally {
    client.release(true);
  }
}
