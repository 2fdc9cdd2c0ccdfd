import { Injectable } from '@nestjs/common';
import { errors } from 'oidc-provider';
import { Operator } from '../operators/operator.js';
import { Operators } from '../operators/operators.js';
import { RouteQuery } from '../routing/route.js';
import { Routing } from '../routing/routing.js';
import { Registration } from '../tenants/snapshot.js';
import { Tenants } from '../tenants/tenants.js';
import { Order } from './orders.js';
import { Proof, requireReach } from './proof.js';
import { Transaction } from './transactions.js';

type Flow = Operator['auth']['flows'][number];

/** What of an order decides about the operator. */
type Agreed = Pick<Order, 'applicationId' | 'countries'>;

/** A sign-in that an operator works on. */
type Underway = Pick<Transaction, 'operatorId' | 'registrationId'> & {
  readonly order: Agreed;
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
   * @throws AccessDenied when no operator serves the device by this flow, or not this application,
   *   or it is in none of the countries of the subscription
   */
  async by(query: RouteQuery, flow: Flow, order: Agreed): Promise<Chosen> {
    const route = await this.routing.find(query);
    if (!route) throw new errors.AccessDenied('operator_not_resolved');
    const { operator } = route;
    if (!operator.auth.flows.includes(flow)) throw new errors.AccessDenied('operator_without_this_flow');
    return { operator, registration: this.registrationAt(operator, order) };
  }

  /**
   * The operator that the ASP names, whatever the device.
   * @throws AccessDenied when there is no such operator, it is off, or does not know this application
   */
  at(operatorId: string, order: Agreed): Chosen {
    const operator = this.operators.get(operatorId);
    if (!operator || operator.off !== undefined) throw new errors.AccessDenied('operator_not_resolved');
    return { operator, registration: this.registrationAt(operator, order) };
  }

  /**
   * The same again when the operator answers; it may have been switched off meanwhile.
   * @throws AccessDenied | Problem operatorDisabled
   */
  again({ operatorId, registrationId, order }: Underway): Chosen {
    const operator = this.operators.require(operatorId);
    const registration = this.registrationAt(operator, order);
    if (registration.id !== registrationId) throw new errors.AccessDenied('registration_has_changed');
    return { operator, registration };
  }

  /** For an operator that was chosen before the application proved who it is. @throws AccessDenied */
  requireReach(operatorId: string, proof: Proof | undefined): void {
    const operator = this.operators.get(operatorId);
    if (operator) requireReach(operator, proof);
  }

  private registrationAt(operator: Operator, { applicationId, countries }: Agreed): Registration {
    // Where it is unknown where an operator is, nobody can have agreed to it.
    if (countries.length > 0 && !countries.includes(operator.country ?? '')) {
      throw new errors.AccessDenied('operator_outside_the_subscription');
    }
    const registration = this.tenants.registration(operator.id, applicationId);
    if (!registration) throw new errors.AccessDenied('application_not_registered_at_operator');
    return registration;
  }
}
