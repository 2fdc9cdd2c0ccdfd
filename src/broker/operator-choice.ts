import { Injectable } from '@nestjs/common';
import { errors } from 'oidc-provider';
import { Operator } from '../operators/operator.js';
import { Operators } from '../operators/operators.js';
import { ClientAddress } from '../routing/client-address.js';
import { Routing } from '../routing/routing.js';
import { Registration } from '../tenants/snapshot.js';
import { Tenants } from '../tenants/tenants.js';
import { phoneNumberIn } from './operator-authorize-url.js';
import { Transaction } from './transactions.js';

/** An operator, and an application as that operator knows it. */
export interface Chosen {
  readonly operator: Operator;
  readonly registration: Registration;
}

/** Which operator authenticates a device, and as whom we ask it. */
@Injectable()
export class OperatorChoice {
  constructor(
    private readonly routing: Routing,
    private readonly operators: Operators,
    private readonly tenants: Tenants,
  ) {}

  /**
   * @param from where the device's request came from
   * @param loginHint as the ASP gave it; says something only where the address does not
   * @throws AccessDenied when no operator serves the device, or not this application
   */
  for(from: ClientAddress | undefined, loginHint: string | undefined, applicationId: string): Chosen {
    const route = this.routing.find({ ...from, phoneNumber: phoneNumberIn(loginHint) });
    if (!route) throw new errors.AccessDenied('operator_not_resolved');
    if (!route.operator.auth.flows.includes('authorization_code')) {
      throw new errors.AccessDenied('operator_without_this_flow');
    }
    return { operator: route.operator, registration: this.registrationAt(route.operator, applicationId) };
  }

  /**
   * The same again when the operator answers; it may have been switched off meanwhile.
   * @throws AccessDenied | Problem operatorDisabled
   */
  again({ operatorId, registrationId, order }: Transaction): Chosen {
    const operator = this.operators.require(operatorId);
    const registration = this.registrationAt(operator, order.applicationId);
    if (registration.id !== registrationId) throw new errors.AccessDenied('registration_has_changed');
    return { operator, registration };
  }

  private registrationAt(operator: Operator, applicationId: string): Registration {
    const registration = this.tenants.registration(operator.id, applicationId);
    if (!registration) throw new errors.AccessDenied('application_not_registered_at_operator');
    return registration;
  }
}
