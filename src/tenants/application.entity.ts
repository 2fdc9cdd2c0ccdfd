import type { JSONWebKeySet } from 'jose';
import { Column, Entity } from 'typeorm';
import { ResourceEntity } from './resource.entity.js';

/** An OAuth client of a tenant; TMF931's Application. */
@Entity('applications')
export class ApplicationEntity extends ResourceEntity {
  @Column('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  name!: string;

  /** What users know it as. */
  @Column('text', { name: 'commercial_name', default: '' })
  commercialName!: string;

  @Column('text', { default: '' })
  description!: string;

  @Column('text', { default: '' })
  category!: string;

  @Column('text', { name: 'privacy_policy_url', nullable: true })
  privacyPolicyUrl!: string | null;

  /** At our authorization server. */
  @Column('text', { name: 'client_id' })
  clientId!: string;

  /** Public keys of its private_key_jwt; none when they are read at `jwksUri`. */
  @Column('jsonb')
  jwks!: JSONWebKeySet;

  @Column('text', { name: 'jwks_uri', nullable: true })
  jwksUri!: string | null;

  /** Compared character by character. */
  @Column('text', { name: 'redirect_uris', array: true })
  redirectUris!: string[];

  @Column('text', { default: 'active' })
  status!: 'active' | 'suspended';
}
