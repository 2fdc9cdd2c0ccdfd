import { ApplicationEntity } from './application.entity.js';
import { CredentialEntity } from './credential.entity.js';
import { MemberEntity } from './member.entity.js';
import { OperatorSettingsEntity } from './operator-settings.entity.js';
import { PlanEntity } from './plan.entity.js';
import { RegistrationEntity } from './registration.entity.js';
import { SubscriptionEntity } from './subscription.entity.js';
import { TenantEntity } from './tenant.entity.js';

/** What TypeORM knows of this room's tables. */
export const tenantEntities = [
  TenantEntity,
  MemberEntity,
  ApplicationEntity,
  CredentialEntity,
  PlanEntity,
  SubscriptionEntity,
  RegistrationEntity,
  OperatorSettingsEntity,
];
