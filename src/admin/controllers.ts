import { AuditEventsController } from './audit-events.controller.js';
import { RequestsController } from './requests.controller.js';
import { UsageExportController } from './usage-export.controller.js';
import { UsageController } from './usage.controller.js';
import { ApplicationOnboardingController } from './application-onboarding.controller.js';
import { ApplicationPartsController } from './application-parts.controller.js';
import { ApplicationsController } from './applications.controller.js';
import { ConfigController } from './config.controller.js';
import { CredentialsController } from './credentials.controller.js';
import { MeController } from './me.controller.js';
import { MembersController } from './members.controller.js';
import { PartnerMembersController } from './partner-members.controller.js';
import { TenantsController } from './tenants.controller.js';
import { OperatorBreakersController } from './operator-breakers.controller.js';
import { OperatorHealthController } from './operator-health.controller.js';
import { OperatorsController } from './operators.controller.js';
import { PlansController } from './plans.controller.js';
import { ProductsController } from './products.controller.js';
import { QuotasController } from './quotas.controller.js';
import { RegistrationsOfOperatorController } from './registrations-of-operator.controller.js';
import { RegistrationsController } from './registrations.controller.js';
import { RoutesController } from './routes.controller.js';
import { SubscriptionsOfTenantController } from './subscriptions-of-tenant.controller.js';
import { SubscriptionsController } from './subscriptions.controller.js';

/** Every controller of the admin API: the module, the document and the tests read this list. */
export const ADMIN_CONTROLLERS = [
  MeController,
  TenantsController,
  MembersController,
  PartnerMembersController,
  ApplicationOnboardingController,
  ApplicationsController,
  ApplicationPartsController,
  CredentialsController,
  ConfigController,
  AuditEventsController,
  RequestsController,
  UsageController,
  UsageExportController,
  OperatorBreakersController,
  OperatorHealthController,
  OperatorsController,
  PlansController,
  ProductsController,
  QuotasController,
  RegistrationsOfOperatorController,
  RegistrationsController,
  RoutesController,
  SubscriptionsOfTenantController,
  SubscriptionsController,
] as const;
