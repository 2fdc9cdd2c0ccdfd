import { Column, Entity } from 'typeorm';
import { LimitSet } from '../contract/limit-set.js';
import { ResourceEntity } from './resource.entity.js';

/** An application service provider; TMF931's ApplicationOwner. */
@Entity('tenants')
export class TenantEntity extends ResourceEntity {
  @Column('text')
  name!: string;

  @Column('text', { default: '' })
  description!: string;

  /** TMF931 v5, ApplicationOwner.engagedParty: trading name, identification, contacts, privacy officers. */
  @Column('jsonb', { name: 'engaged_party', default: {} })
  engagedParty!: Record<string, unknown>;

  @Column('text', { default: 'active' })
  status!: 'active' | 'suspended';

  /** For all of its calls together. */
  @Column('jsonb', { default: {} })
  limits!: LimitSet;
}
