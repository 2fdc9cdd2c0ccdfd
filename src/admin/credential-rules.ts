import type { AppConfig } from '../config/config.js';
import type { ApplicationEntity } from '../tenants/application.entity.js';
import type { CredentialEntity } from '../tenants/credential.entity.js';
import type { SecretMode } from '../tenants/client-secret.js';
import { statusOf } from './credential.view.js';
import type { Reach } from './permissions.js';
import { AdminRefusal } from './refusal.js';

/** Secrets of one application and mode that are in force at once: the one in use, and the one after it. */
const MAX_IN_FORCE = 2;

type Kept = Pick<CredentialEntity, 'id' | 'mode' | 'revokedAt' | 'expiresAt'>;

/** Which modes a caller may know of. */
export function modesWithin(reach: Reach): readonly SecretMode[] {
  return reach === 'own-test' ? ['test'] : ['test', 'live'];
}

/**
 * @param allowed of the configuration: no secrets, those for simulated operators, or all
 * @throws AdminRefusal permissionDenied | incompatibleState
 */
export function requireMode(mode: SecretMode, reach: Reach, allowed: AppConfig['clientSecrets']): void {
  if (!modesWithin(reach).includes(mode)) {
    throw new AdminRefusal('permissionDenied', { message: 'Your roles allow test secrets only.' });
  }
  if (allowed === 'on' || allowed === mode) return;
  const message =
    allowed === 'off'
      ? 'Client secrets are switched off here; applications sign with their own keys.'
      : `There are no ${mode} secrets here, only ${allowed} ones; applications sign with their own keys.`;
  throw new AdminRefusal('incompatibleState', { message });
}

/** @param kept all of the application's @throws AdminRefusal incompatibleState */
export function requireRoom(kept: readonly Kept[], mode: SecretMode): void {
  if (kept.filter((one) => one.mode === mode && isInForce(one)).length < MAX_IN_FORCE) return;
  throw new AdminRefusal('incompatibleState', {
    message: `The application has ${MAX_IN_FORCE} ${mode} secrets already.`,
  });
}

/**
 * A secret whose end is set was rotated before: with another one in its place.
 * @throws AdminRefusal incompatibleState
 */
export function requireRotatable(one: Kept): void {
  requireInForce(one);
  if (one.expiresAt) {
    throw new AdminRefusal('incompatibleState', { message: 'The secret was rotated before.' });
  }
}

/** @throws AdminRefusal incompatibleState */
export function requireInForce(one: Kept): void {
  if (isInForce(one)) return;
  throw new AdminRefusal('incompatibleState', { message: `The secret is ${statusOf(one)}.` });
}

/**
 * What works must not stop by a slip: only a suspended application is left without any secret.
 * @throws AdminRefusal incompatibleState
 */
export function requireAnother(
  kept: readonly Kept[],
  going: Kept,
  { status }: Pick<ApplicationEntity, 'status'>,
): void {
  const stays = (one: Kept) =>
    one.id !== going.id && one.mode === going.mode && isInForce(one) && !one.expiresAt;
  if (status === 'suspended' || kept.some(stays)) return;
  throw new AdminRefusal('incompatibleState', {
    message: `This is the last ${going.mode} secret. Rotate it, or suspend the application first.`,
  });
}

function isInForce(one: Kept): boolean {
  return statusOf(one) === 'active';
}
