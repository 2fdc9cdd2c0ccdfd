import { randomUUID } from 'node:crypto';
import { SignJWT, importJWK } from 'jose';
import { READ_SCOPE, WRITE_SCOPE } from '../../src/admin/principal.js';
import type { Gateway, SandboxInfo } from '../../src/boot.js';
import { adminAudience } from '../../src/contract/issuer.js';
import { Database } from '../../src/database/database.js';
import { SigningKeys } from '../../src/grants/signing-keys.js';
import { MemberEntity, Role } from '../../src/tenants/member.entity.js';
import { Tenants } from '../../src/tenants/tenants.js';

type Fields = Record<string, unknown>;

export interface AdminAnswer<Body = Fields> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  /** Of the ETag header, as If-Match wants it; '' without one. */
  readonly etag: string;
}

/** Somebody who calls the admin API. */
export interface AdminClient {
  readonly memberId: string;
  /** @param path below `/admin/v1`; @param headers beside those that JSON needs */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<AdminAnswer>;
  get(path: string, headers?: Record<string, string>): Promise<AdminAnswer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<AdminAnswer>;
  /** Sends with the ETag that a GET of the resource gives now. */
  change(method: string, path: string, body?: unknown, resource?: string): Promise<AdminAnswer>;
}

type Place = Pick<Gateway, 'app' | 'url'>;

/** The partner admin; {@link memberOf} makes others. */
export function adminOf(gateway: Place): Promise<AdminClient> {
  return memberOf(gateway, 'partner-admin');
}

/** A new service member with these roles, of this tenant or, without one, of the partner. */
export async function memberOf(
  gateway: Place,
  roles: Role | Role[],
  tenantId: string | null = null,
): Promise<AdminClient> {
  const id = randomUUID();
  const clientId = `test-${id}`;
  await gateway.app.get(Database, { strict: false }).dataSource.manager.insert(MemberEntity, {
    id,
    key: id,
    tenantId,
    kind: 'service',
    displayName: 'Test',
    roles: [roles].flat(),
    clientId,
    jwks: { keys: [] },
  });
  await gateway.app.get(Tenants, { strict: false }).load();
  return clientOf(gateway.url, id, await adminToken(gateway, id, clientId));
}

/** A token as our authorization server gives it to a service member. */
export function adminToken(
  { app, url }: Place,
  memberId: string,
  clientId: string,
  scope = `${READ_SCOPE} ${WRITE_SCOPE}`,
): Promise<string> {
  const { kid, privateKey } = app.get(SigningKeys, { strict: false }).current('oidc');
  return new SignJWT({ client_id: clientId, scope, jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
    .setIssuer(url)
    .setAudience(adminAudience(url))
    .setSubject(memberId)
    .setIssuedAt()
    .setExpirationTime('300s')
    .sign(privateKey);
}

/** The partner admin of `sandbox.json`, signed in at our own token endpoint as anybody would be. */
export async function partnerAdminOf({ admin, issuer }: SandboxInfo): Promise<AdminClient> {
  const assertion = await new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid: admin.privateKeyJwk.kid! })
    .setIssuer(admin.clientId)
    .setSubject(admin.clientId)
    .setAudience(`${issuer}/token`)
    .setIssuedAt()
    .setExpirationTime('60s')
    .sign(await importJWK(admin.privateKeyJwk, 'ES256'));
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: admin.scope,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }),
  });
  if (answer.status !== 200) throw new Error(`/token answered ${answer.status}: ${await answer.text()}`);
  const { access_token } = (await answer.json()) as { access_token: string };
  return clientOf(issuer, '', access_token);
}

/** @param token of the admin API */
export function clientOf(url: string, memberId: string, token: string): AdminClient {
  const send: AdminClient['send'] = async (method, path, body, headers = {}) => {
    const answer = await fetch(`${url}/admin/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true;
    return {
      status: answer.status,
      headers: answer.headers,
      body: (isJson && text !== '' ? JSON.parse(text) : { text }) as Fields,
      etag: answer.headers.get('etag') ?? '',
    };
  };
  return {
    memberId,
    send,
    get: (path, headers) => send('GET', path, undefined, headers),
    post: (path, body, headers) => send('POST', path, body, headers),
    change: async (method, path, body, resource = path) => {
      const { etag } = await send('GET', resource);
      return send(method, path, body, { 'if-match': etag });
    },
  };
}
