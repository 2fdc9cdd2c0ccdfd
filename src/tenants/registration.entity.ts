import { Column, Entity } from 'typeorm';
import { ResourceEntity } from './resource.entity.js';

/** An application as one operator knows it. */
@Entity('operator_registrations')
export class RegistrationEntity extends ResourceEntity {
  @Column('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text', { name: 'operator_id' })
  operatorId!: string;

  @Column('uuid', { name: 'application_id' })
  applicationId!: string;

  /** Assigned by the operator. */
  @Column('text', { name: 'client_id' })
  clientId!: string;

  @Column('text', { default: 'pending' })
  approval!: 'pending' | 'approved' | 'rejected';

  /** Its own client secret there, sealed; without one the operator's manifest names ours. */
  @Column('text', { name: 'sealed_credential', nullable: true })
  sealedCredential!: string | null;

  @Column('text', { name: 'credential_fingerprint', nullable: true })
  credentialFingerprint!: string | null;

  /** TMF931: ids of owner, application and order at the operator. */
  @Column('jsonb', { name: 'tmf_ids', default: {} })
  tmfIds!: Record<string, string>;
}
