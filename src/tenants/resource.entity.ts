import {
  Column,
  CreateDateColumn,
  DeleteDateColumn,
  PrimaryColumn,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';

/** Who keeps a resource: people through the admin API, or a file through `config apply`. */
export type ManagedBy = 'api' | 'config';

/** What every resource of the admin API has. */
export abstract class ResourceEntity {
  /** UUID version 7. */
  @PrimaryColumn('uuid')
  id!: string;

  /** Its name in files: stable, unique beside its siblings. */
  @Column('text')
  key!: string;

  /** Counts the changes; the ETag. */
  @VersionColumn()
  version!: number;

  @Column('text', { array: true, default: [] })
  tags!: string[];

  @Column('text', { name: 'managed_by', default: 'api' })
  managedBy!: ManagedBy;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;

  /** Deleted, and kept until it is purged. */
  @DeleteDateColumn({ name: 'deleted_at', type: 'timestamptz' })
  deletedAt!: Date | null;
}
