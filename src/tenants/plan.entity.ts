import { Column, Entity } from 'typeorm';
import { LimitSet } from '../contract/limit-set.js';
import { ResourceEntity } from './resource.entity.js';

/** Limits that subscriptions share. */
@Entity('plans')
export class PlanEntity extends ResourceEntity {
  @Column('text')
  name!: string;

  @Column('text', { default: '' })
  description!: string;

  @Column('jsonb')
  limits!: LimitSet;
}
