import { Injectable } from '@nestjs/common';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../contract/number-verification.js';
import { Grants } from '../grants/grants.js';
import { Ledger } from '../ledger/ledger.js';
import { Limits } from '../limits/limits.js';
import { Operators } from '../operators/operators.js';
import { Tenants } from '../tenants/tenants.js';
import { Upstream } from '../upstream/upstream.js';
import { Call } from './call.js';
import { requireMobileAuthentication } from './mobile-authentication.js';
import { readShareRequest, readVerifyRequest } from './read-request.js';

/**
 * The walk of a call, and the one place where its order is decided. Whatever refuses before `dispatch` leaves
 * the token unspent; after it nothing is tried again.
 */
@Injectable()
export class NumberVerificationService {
  constructor(
    private readonly grants: Grants,
    private readonly tenants: Tenants,
    private readonly limits: Limits,
    private readonly operators: Operators,
    private readonly upstream: Upstream,
    private readonly ledger: Ledger,
  ) {}

  /**
   * @returns whether the number is the one of the device the token was earned with; never false for an error
   * @throws Problem any (NV 2.1.1, phoneNumberVerify)
   */
  async verify(call: Call): Promise<boolean> {
    const grant = this.grants.open(call.authorization, VERIFY_SCOPE); // 401 | 403
    call.belongsTo(grant);
    const client = this.tenants.require(grant); // 403
    using lease = this.limits.take(client, call); // 429
    if (lease.shared) await lease.shared; // 429 when replicas share their counters
    call.requireJsonInAndOut(); // 415 | 406
    const ask = readVerifyRequest(call); // 400
    requireMobileAuthentication(grant); // 403
    const operator = this.operators.require(grant.operatorId); // 503
    const request = operator.dialect.encodeVerify(ask, operator, call.correlation); // 422
    using permit = this.upstream.admit(operator, 'api'); // 503
    const entry = await this.ledger.dispatch(grant, {
      operation: 'verify',
      correlator: call.correlation.value,
    }); // 401 spent | 503
    lease.dispatched();
    return await this.ledger.settle(
      entry,
      permit.send(request, grant.operatorToken, (answer) => operator.dialect.decodeVerify(answer, operator)),
    ); // 502 | 504 | what the operator refuses
  }

  /**
   * @returns the number of the device the token was earned with, E.164 with '+'
   * @throws Problem any (NV 2.1.1, phoneNumberShare)
   */
  async share(call: Call): Promise<string> {
    const grant = this.grants.open(call.authorization, SHARE_SCOPE);
    call.belongsTo(grant);
    const client = this.tenants.require(grant);
    using lease = this.limits.take(client, call);
    if (lease.shared) await lease.shared;
    call.requireJsonOut();
    readShareRequest(call);
    requireMobileAuthentication(grant);
    const operator = this.operators.require(grant.operatorId);
    const request = operator.dialect.encodeShare(operator, call.correlation);
    using permit = this.upstream.admit(operator, 'api');
    const entry = await this.ledger.dispatch(grant, {
      operation: 'share',
      correlator: call.correlation.value,
    });
    lease.dispatched();
    return await this.ledger.settle(
      entry,
      permit.send(request, grant.operatorToken, (answer) => operator.dialect.decodeShare(answer, operator)),
    );
  }
}
