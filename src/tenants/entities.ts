import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { JSONWebKeySet } from 'jose';

@Entity('tenants')
export class TenantEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  status!: 'active' | 'suspended';
}

@Entity('applications')
export class ApplicationEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  name!: string;

  /** At our authorization server. */
  @Column('text', { name: 'client_id' })
  clientId!: string;

  /** Public keys of the application's private_key_jwt. */
  @Column('jsonb')
  jwks!: JSONWebKeySet;

  /** Compared character by character. */
  @Column('text', { name: 'redirect_uris', array: true })
  redirectUris!: string[];

  @Column('text')
  status!: 'active' | 'suspended';
}

/** What an application may do: one product for one purpose. */
@Entity('subscriptions')
export class SubscriptionEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'application_id' })
  applicationId!: string;

  @Column('text')
  product!: string;

  /** W3C DPV purpose, `dpv:…`. */
  @Column('text')
  purpose!: string;

  @Column('text', { array: true })
  scopes!: string[];

  @Column('text', { name: 'grant_types', array: true })
  grantTypes!: string[];

  /** Kinds of login_hint that may stand for a device: `operatortoken`; `tel` and `ipport` prove nothing. */
  @Column('text', { name: 'allowed_hints', array: true, default: ['operatortoken'] })
  allowedHints!: string[];

  @Column('text')
  status!: 'created' | 'pending' | 'active' | 'suspended' | 'terminated';

  @Column('double precision', { name: 'rate_per_second' })
  ratePerSecond!: number;

  /** Calls at once. */
  @Column('integer')
  burst!: number;
}

/** An application as one operator knows it. */
@Entity('operator_registrations')
export class RegistrationEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'operator_id' })
  operatorId!: string;

  @Column('uuid', { name: 'application_id' })
  applicationId!: string;

  /** Assigned by the operator. */
  @Column('text', { name: 'client_id' })
  clientId!: string;

  @Column('text')
  approval!: 'pending' | 'approved' | 'rejected';
}

export const tenantEntities = [TenantEntity, ApplicationEntity, SubscriptionEntity, RegistrationEntity];
