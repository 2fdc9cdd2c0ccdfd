import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { PhoneNumber } from '../contract/number-verification.js';
import { Operator } from '../operators/operator.js';
import { Operators } from '../operators/operators.js';
import { Explanation, RouteQuery } from '../routing/route.js';
import { Routing } from '../routing/routing.js';
import { Tenants } from '../tenants/tenants.js';

/** What an ASP knows of the device; exactly one of the three. */
export const AuthOptionsRequest = z.union([
  z.strictObject({ phoneNumber: PhoneNumber }),
  z.strictObject({ mccmnc: z.string().regex(/^\d{5,6}$/) }),
  z.strictObject({ ip: z.union([z.ipv4(), z.ipv6()]), port: z.int().min(1).max(65_535).optional() }),
]);
export type AuthOptionsRequest = z.infer<typeof AuthOptionsRequest>;

/** One way to a token at that operator. */
interface AuthOption {
  readonly grantType: string;
  /** The sign-in must run over the mobile network of the line; false: a token of the device's SIM stands for it. */
  readonly mobileNetworkRequired: boolean;
}

export type AuthOptions =
  | {
      readonly covered: true;
      readonly operator: { readonly id: string; readonly name: string; readonly networks: readonly string[] };
      readonly operations: readonly ('verify' | 'share')[];
      readonly options: readonly AuthOption[];
    }
  | {
      readonly covered: false;
      /** Why a sign-in would fail. */
      readonly reason: 'not_covered' | 'ambiguous' | 'unavailable' | 'application_not_registered';
    };

/** Manifest flow → grant type, and what it needs of the device (NV 2.1, authentication options). */
const FLOWS: Readonly<Record<Operator['auth']['flows'][number], AuthOption>> = {
  authorization_code: { grantType: 'authorization_code', mobileNetworkRequired: true },
  ciba: { grantType: 'urn:openid:params:grant-type:ciba', mobileNetworkRequired: false },
  jwt_bearer: { grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer', mobileNetworkRequired: false },
};

/** Which ways to a token a device has, asked before a redirect is opened that cannot succeed. */
@Injectable()
export class AuthOptionsFinder {
  constructor(
    private readonly routing: Routing,
    private readonly operators: Operators,
    private readonly tenants: Tenants,
  ) {}

  /** @param applicationId of an authenticated caller: then its registration at the operator counts, too */
  async find(query: AuthOptionsRequest, applicationId: string | undefined): Promise<AuthOptions> {
    const explanation = await this.routing.explain(query satisfies RouteQuery, {
      registeredAt: ({ id }) =>
        applicationId === undefined || this.tenants.registration(id, applicationId) !== undefined,
      suits: () => true,
    });
    const operator = explanation.operatorId && this.operators.get(explanation.operatorId);
    if (!operator) return { covered: false, reason: reasonOf(explanation) };
    if (applicationId !== undefined && !this.tenants.registration(operator.id, applicationId)) {
      return { covered: false, reason: 'application_not_registered' };
    }
    const { id, name, networks, capabilities, auth } = operator;
    return {
      covered: true,
      operator: { id, name, networks },
      operations: capabilities.share ? ['verify', 'share'] : ['verify'],
      options: auth.flows.map((flow) => FLOWS[flow]),
    };
  }
}

function reasonOf({ steps }: Explanation): 'not_covered' | 'ambiguous' | 'unavailable' {
  const results = new Set(steps.map(({ result }) => result));
  if (results.has('ambiguous')) return 'ambiguous';
  return results.has('unavailable') ? 'unavailable' : 'not_covered';
}
