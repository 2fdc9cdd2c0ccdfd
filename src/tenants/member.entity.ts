import type { JSONWebKeySet } from 'jose';
import { Column, Entity } from 'typeorm';
import { ResourceEntity } from './resource.entity.js';

/** The partner's own people. */
export const PARTNER_ROLES = ['partner-admin', 'partner-viewer', 'operator-manager'] as const;
/** An ASP's people, as the CAMARA user stories name them. */
export const TENANT_ROLES = ['BusinessManager', 'Administrator', 'User'] as const;
type PartnerRole = (typeof PARTNER_ROLES)[number];
type TenantRole = (typeof TENANT_ROLES)[number];
export type Role = PartnerRole | TenantRole;

/** Somebody who may use the admin API: a person who signs in elsewhere, or a service with keys of its own. */
@Entity('members')
export class MemberEntity extends ResourceEntity {
  /** null: of the partner. */
  @Column('uuid', { name: 'tenant_id', nullable: true })
  tenantId!: string | null;

  @Column('text')
  kind!: 'person' | 'service';

  @Column('text', { name: 'display_name' })
  displayName!: string;

  @Column('text', { array: true })
  roles!: Role[];

  /** `sub` at the external OpenID provider; people only. */
  @Column('text', { nullable: true })
  subject!: string | null;

  /** At our authorization server; services only. */
  @Column('text', { name: 'client_id', nullable: true })
  clientId!: string | null;

  /** Public keys of its private_key_jwt; services only. */
  @Column('jsonb', { nullable: true })
  jwks!: JSONWebKeySet | null;

  @Column('text', { default: 'active' })
  status!: 'active' | 'suspended';
}
