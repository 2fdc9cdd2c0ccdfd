import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { EntityManager } from 'typeorm';
import { type AppConfig, CONFIG } from '../config/config.js';
import { Macs } from '../grants/macs.js';
import { ApplicationEntity } from '../tenants/application.entity.js';
import { SecretMode, mintClientSecret } from '../tenants/client-secret.js';
import { CredentialEntity } from '../tenants/credential.entity.js';
import { AdminCall } from './admin-call.js';
import { Answer, resourceAnswer } from './answer.js';
import type { AuditedChange } from './audit-trail.js';
import { Changed, Changes } from './changes.js';
import {
  modesWithin,
  requireAnother,
  requireInForce,
  requireMode,
  requireRoom,
  requireRotatable,
} from './credential-rules.js';
import { CredentialDraft, CredentialView, Rotation, credentialView } from './credential.view.js';
import { AdminRefusal } from './refusal.js';

/** An application under lock, with all of its credentials: whoever changes one waits for whoever changes another. */
interface Held {
  readonly application: ApplicationEntity;
  readonly kept: readonly CredentialEntity[];
}

/** Changes of client secrets. A secret is in the one answer that makes it, and nowhere else. */
@Injectable()
export class Credentials {
  constructor(
    private readonly changes: Changes,
    private readonly macs: Macs,
    @Inject(CONFIG) private readonly config: AppConfig,
  ) {}

  /** @throws AdminRefusal notFound | permissionDenied | incompatibleState when there are two already */
  create(call: AdminCall<CredentialDraft>): Promise<Answer> {
    return this.changes.make(call, async (manager) => {
      const { mode } = call.body;
      const { application, kept } = await this.hold(manager, call);
      this.requireMode(call, mode);
      requireRoom(kept, mode);
      const { row, secret } = await this.mint(manager, application, mode);
      const view = credentialView(row);
      return minted(view, secret, audited('create', row, { after: view }));
    });
  }

  /** A new secret beside an old one, whose end is set. @throws AdminRefusal notFound | incompatibleState */
  rotate(call: AdminCall<Rotation>): Promise<Answer> {
    return this.changes.make(call, async (manager) => {
      const { application, kept } = await this.hold(manager, call);
      const old = this.find(kept, call);
      this.requireMode(call, old.mode);
      requireRotatable(old);
      const before = credentialView(old);
      old.expiresAt = new Date(Date.now() + call.body.overlapSeconds * 1_000);
      requireRoom(kept, old.mode);
      const ended = await manager.save(old);
      const { row, secret } = await this.mint(manager, application, old.mode);
      const after = { ...credentialView(ended), successor: row.id, successorLastFour: row.lastFour };
      return minted(credentialView(row), secret, audited('rotate', old, { before, after }));
    });
  }

  /** At once, with the tokens that were given for it. @throws AdminRefusal notFound | stale | incompatibleState */
  revoke(call: AdminCall): Promise<Answer> {
    return this.changes.make(call, async (manager) => {
      const { application, kept } = await this.hold(manager, call);
      const row = this.find(kept, call);
      if (row.version !== call.version) throw new AdminRefusal('stale');
      requireInForce(row);
      requireAnother(kept, row, application);
      const before = credentialView(row);
      row.revokedAt = new Date();
      const revoked = await manager.save(row);
      return {
        answer: { status: 204 },
        audit: audited('revoke', row, { before, after: credentialView(revoked) }),
      };
    });
  }

  private async hold(manager: EntityManager, { params }: AdminCall): Promise<Held> {
    const application = await manager.findOne(ApplicationEntity, {
      where: { id: params['id']! },
      lock: { mode: 'pessimistic_write' },
    });
    if (!application) throw new AdminRefusal('notFound');
    return { application, kept: await manager.findBy(CredentialEntity, { applicationId: application.id }) };
  }

  /** Whoever may see test secrets only learns nothing of the others. */
  private find(kept: readonly CredentialEntity[], { params, reach }: AdminCall): CredentialEntity {
    const row = kept.find(({ id }) => id === params['credentialId']);
    if (!row || !modesWithin(reach).includes(row.mode)) throw new AdminRefusal('notFound');
    return row;
  }

  private requireMode({ reach }: AdminCall, mode: SecretMode): void {
    requireMode(mode, reach, this.config.clientSecrets);
  }

  private async mint(
    manager: EntityManager,
    { id: applicationId, tenantId }: ApplicationEntity,
    mode: SecretMode,
  ): Promise<{ row: CredentialEntity; secret: string }> {
    const { secret, lookUp, lastFour } = mintClientSecret(mode);
    const id = randomUUID();
    const hash = this.macs.of('pepper', Buffer.from(secret));
    await manager.insert(CredentialEntity, { id, tenantId, applicationId, mode, lookUp, lastFour, hash });
    return { row: await manager.findOneByOrFail(CredentialEntity, { id }), secret };
  }
}

function minted(view: CredentialView, secret: string, audit: AuditedChange): Changed {
  const location = `/admin/v1/applications/${view.applicationId}/credentials/${view.id}`;
  const { headers, ...answer } = resourceAnswer(201, { ...view, secret }, view.version, location);
  return {
    answer: { ...answer, headers: { ...headers, 'cache-control': 'no-store' } },
    repeatedBody: { ...view, secretShown: true },
    audit,
  };
}

function audited(
  verb: 'create' | 'rotate' | 'revoke',
  { id, tenantId }: CredentialEntity,
  values: Pick<AuditedChange, 'before' | 'after'>,
): AuditedChange {
  return { action: `credential.${verb}`, resource: { type: 'credential', id }, tenantId, ...values };
}
