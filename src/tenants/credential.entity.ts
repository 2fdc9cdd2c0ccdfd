import { Column, CreateDateColumn, Entity, PrimaryColumn, VersionColumn } from 'typeorm';

/** A client secret of an application, of which nothing is kept but a keyed hash. */
@Entity('credentials')
export class CredentialEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @Column('uuid', { name: 'application_id' })
  applicationId!: string;

  /** `test` reaches simulated operators only, `live` the others. */
  @Column('text')
  mode!: 'test' | 'live';

  /** The part of the secret that finds the row; opens nothing. */
  @Column('text', { name: 'look_up' })
  lookUp!: string;

  @Column('bytea')
  hash!: Buffer;

  @Column('text', { name: 'last_four' })
  lastFour!: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  /** Written at most once a minute. */
  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  @VersionColumn()
  version!: number;
}
