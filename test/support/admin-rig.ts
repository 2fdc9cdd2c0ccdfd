import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { JWK } from 'jose';
import { AdminAnswer, AdminClient } from './admin.js';

/** The public half of a new key, named. */
export function publicKey(kid: string, type: 'P-256' | 'P-384' | 2048 | 1024 = 'P-256'): JWK {
  return { ...keyPair(type).publicKey.export({ format: 'jwk' }), kid };
}

/** A key that should never have left its owner. */
export function privateKey(kid: string): JWK {
  return { ...keyPair('P-256').privateKey.export({ format: 'jwk' }), kid };
}

function keyPair(type: string | number) {
  return typeof type === 'number'
    ? generateKeyPairSync('rsa', { modulusLength: type })
    : generateKeyPairSync('ec', { namedCurve: type });
}

/** @returns the id of a new tenant */
export async function newTenant(admin: AdminClient, name = 'Bank'): Promise<string> {
  return idOf(await admin.post('tenants', { name }));
}

/** @returns the id of a new application. @param draft beside its name */
export async function newApplication(
  admin: AdminClient,
  tenantId: string,
  draft: object = {},
): Promise<string> {
  return idOf(await admin.post(`tenants/${tenantId}/applications`, { name: 'App', ...draft }));
}

export function idOf({ status, body }: AdminAnswer): string {
  if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body['id'] as string;
}

/** Where the request was wrong. */
export function locations({ body }: AdminAnswer): string[] {
  const details = (body['details'] ?? []) as { location: string }[];
  return details.map(({ location }) => location);
}

/** A header that makes a request one of its own. */
export const onceOnly = (key: string = randomUUID()) => ({ 'idempotency-key': `"${key}"` });
