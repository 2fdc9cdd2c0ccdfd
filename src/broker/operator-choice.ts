import { Injectable } from '@nestjs/common';
import { errors } from 'oidc-provider';
import { Operator } from '../operators/operator.js';
import { Operators } from '../operators/operators.js';
import { SHARE_SCOPE } from '../contract/number-verification.js';
import { Demand, RouteQuery } from '../routing/route.js';
import { Routing } from '../routing/routing.js';
import { Registration } from '../tenants/snapshot.js';
import { Tenants } from '../tenants/tenants.js';
import { noteCall } from '../telemetry/call-trace.js';
import { Order } from './orders.js';
import { Proof, requireReach } from './proof.js';
import { Transaction } from './transactions.js';

type Flow = Operator['auth']['flows'][number];

/** What of an order decides about the operator. */
type Agreed = Pick<Order, 'applicationId' | 'countries'>;
type Asked = Agreed & Pick<Order, 'scopes'>;

/** A sign-in that an operator works on. */
type Underway = Pick<Transaction, 'operatorId' | 'registrationId'> & {
  readonly order: Agreed;
};

/** An operator, and an application as that operator knows it. */
export interface Chosen {
  readonly operator: Operator;
  readonly registration: Registration;
  /** The routing rule that chose the operator. */
  readonly rule?: string | undefined;
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
   * @param suits what the flow needs of an operator beside its being able to do it at all
   * @throws AccessDenied when no operator serves the device by this flow, or not this application,
   *   or it is in none of the countries of the subscription
   */
  async by(
    query: RouteQuery,
    flow: Flow,
    order: Asked,
    suits: (operator: Operator) => boolean = () => true,
  ): Promise<Chosen> {
    const route = await this.routing.find(query, this.demand(flow, order, suits));
    if (!route) throw new errors.AccessDenied('operator_not_resolved');
    const { operator, rule, insteadOf } = route;
    noteCall({ operator: operator.id, rule });
    // Another way to a network leads to the same country.
    requireCountry([insteadOf?.operator ?? operator], order);
    if (!operator.auth.flows.includes(flow)) throw new errors.AccessDenied('operator_without_this_flow');
    return { operator, registration: this.registrationAt(operator, order), rule };
  }

  /**
   * The operator that the ASP names, whatever the device.
   * @throws AccessDenied when there is no such operator, it is off, or does not know this application
   */
  at(operatorId: string, order: Agreed): Chosen {
    const operator = this.operators.get(operatorId);
    if (!operator || operator.off !== undefined) throw new errors.AccessDenied('operator_not_resolved');
    requireCountry([operator], order);
    return { operator, registration: this.registrationAt(operator, order) };
  }

  /**
   * The same again when the operator answers; it may have been switched off meanwhile.
   * @throws AccessDenied | Problem operatorDisabled
   */
  again({ operatorId, registrationId, order }: Underway): Chosen {
    noteCall({ operator: operatorId });
    const operator = this.operators.require(operatorId);
    const inFront = this.operators.all().filter(({ alternatives }) => alternatives.includes(operatorId));
    requireCountry([operator, ...inFront], order);
    const registration = this.registrationAt(operator, order);
    if (registration.id !== registrationId) throw new errors.AccessDenied('registration_has_changed');
    return { operator, registration };
  }

  /** For an operator that was chosen before the application proved who it is. @throws AccessDenied */
  requireReach(operatorId: string, proof: Proof | undefined): void {
    const operator = this.operators.get(operatorId);
    if (operator) requireReach(operator, proof);
  }

  /** What an alternative must be able to do; what of the scopes it lacks is left out, unless it lacks them all. */
  private demand(flow: Flow, order: Asked, suits: (operator: Operator) => boolean): Demand {
    const canDo = ({ capabilities }: Operator): boolean =>
      capabilities.share || order.scopes.some((scope) => scope !== SHARE_SCOPE);
    return {
      registeredAt: ({ id }) => this.tenants.registration(id, order.applicationId) !== undefined,
      suits: (operator) => operator.auth.flows.includes(flow) && canDo(operator) && suits(operator),
    };
  }

  private registrationAt(operator: Operator, { applicationId }: Agreed): Registration {
    const registration = this.tenants.registration(operator.id, applicationId);
    if (!registration) throw new errors.AccessDenied('application_not_registered_at_operator');
    return registration;
  }
}

/** Where it is unknown where an operator is, nobody can have agreed to it. @throws AccessDenied */
function requireCountry(operators: readonly Operator[], { countries }: Agreed): void {
  if (countries.length === 0 || operators.some(({ country = '' }) => countries.includes(country))) return;
  throw new errors.AccessDenied('operator_outside_the_subscription');
}
