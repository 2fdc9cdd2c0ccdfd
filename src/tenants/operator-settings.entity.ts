import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';
import type { ManagedBy } from './resource.entity.js';

/** A circuit held open or closed by hand until then. */
export interface ForcedBreaker {
  mode: 'open' | 'closed';
  /** RFC 3339. */
  until: string;
}

/** What a manifest does not say of an operator, because people decide it while the gateway runs. */
@Entity('operator_settings')
export class OperatorSettingsEntity {
  @PrimaryColumn('text', { name: 'operator_id' })
  operatorId!: string;

  @Column('boolean', { default: true })
  enabled!: boolean;

  /** Why it is switched off, for people. */
  @Column('text', { default: '' })
  reason!: string;

  /** Absent: the circuit decides by itself. */
  @Column('jsonb', { default: {} })
  breakers!: Partial<Record<'api' | 'token', ForcedBreaker>>;

  @VersionColumn()
  version!: number;

  @Column('text', { name: 'managed_by', default: 'api' })
  managedBy!: ManagedBy;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
