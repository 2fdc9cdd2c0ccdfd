import { Injectable } from '@nestjs/common';
import { errors } from 'oidc-provider';
import { Operator } from '../operators/operator.js';
import { Operators } from '../operators/operators.js';
import { RouteQuery } from '../routing/route.js';
import { Routing } from '../routing/routing.js';
import { Registration } from '../tenants/snapshot.js';
import { Tenants } from '../tenants/tenants.js';
import { Transaction } from './transactions.js';

type Flow = Operator['auth']['flows'][number];

/** A sign-in that an operator works on. */
type Underway = Pick<Transaction, 'operatorId' | 'registrationId'> & {
  readonly order: Pick<Transaction['order'], 'applicationId'>;
};

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
   * @param query what is known of the device: by redirect its address, from an ASP's backend what that one says
   * @throws AccessDenied when no operator serves the device by this flow, or not this application
   */
  async by(query: RouteQuery, flow: Flow, applicationId: string): Promise<Chosen> {
    const route = await this.routing.find(query);
    if (!route) throw new errors.AccessDenied('operator_not_resolved');
    const { operator } = route;
    if (!operator.auth.flows.includes(flow)) throw new errors.AccessDenied('operator_without_this_flow');
    return { operator, registration: this.registrationAt(operator, applicationId) };
  }

  /**
   * The operator that the ASP names, whatever the device.
   * @throws AccessDenied when there is no such operator, it is off, or does not know this application
   */
  at(operatorId: string, applicationId: string): Chosen {
    const operator = this.operators.get(operatorId);
    if (!operator || operator.off !== undefined) throw new errors.AccessDenied('operator_not_resolved');
    return { operator, registration: this.registrationAt(operator, applicationId) };
  }

  /**
   * The same again when the operator answers; it may have been switched off meanwhile.
   * @throws AccessDenied | Problem operatorDisabled
   */
  again({ operatorId, registrationId, order }: Underway): Chosen {
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
