import { Column, Entity } from 'typeorm';
import { LimitSet } from '../contract/limit-set.js';
import { ResourceEntity } from './resource.entity.js';

export type SubscriptionStatus = 'created' | 'pending' | 'active' | 'suspended' | 'terminated';

/** What an application may do: one product for one purpose; TMF931's ApiProduct. */
@Entity('subscriptions')
export class SubscriptionEntity extends ResourceEntity {
  @Column('uuid', { name: 'tenant_id' })
  tenantId!: string;

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

  /** ISO 3166-1 alpha-2; none: wherever the operators are. */
  @Column('text', { array: true, default: [] })
  countries!: string[];

  /** W3C DPV legal basis, `dpv:…`. */
  @Column('text', { name: 'legal_basis', nullable: true })
  legalBasis!: string | null;

  @Column('text', { default: 'created' })
  status!: SubscriptionStatus;

  @Column('timestamptz', { name: 'terms_accepted_at', nullable: true })
  termsAcceptedAt!: Date | null;

  /** The member's id. */
  @Column('text', { name: 'terms_accepted_by', nullable: true })
  termsAcceptedBy!: string | null;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('uuid', { name: 'plan_id', nullable: true })
  planId!: string | null;

  /** Its own, before those of its plan. */
  @Column('jsonb', { default: {} })
  limits!: LimitSet;
}
