import { Injectable } from '@nestjs/common';
import { Flow } from '../telemetry/labels.js';
import { Chosen } from './operator-choice.js';
import { OperatorToken } from './operator-tokens.js';
import { Order } from './orders.js';
import { Proof, requireReach } from './proof.js';
import { Refusals } from './refusals.js';
import { Subjects } from './subjects.js';
import { TokenAnswer, TokenMint } from './token-mint.js';
import { TokenRefusal, tokenRefusal } from './token-refusal.js';

/** A grant that ends where it began, at the token endpoint. It has passed every check of ours. */
export interface DirectGrant {
  readonly clientId: string;
  readonly order: Order;
  readonly chosen: Chosen;
  /** Of an assertion that is the grant, too; else the library has it. */
  readonly proof?: Proof | undefined;
  /** Gets the operator's token; called once. @throws whatever refusalFor can read */
  redeem(): Promise<OperatorToken>;
}

/** Turns such grants into tokens of ours, and notes how that ended. */
@Injectable()
export class DirectTokens {
  constructor(
    private readonly mint: TokenMint,
    private readonly subjects: Subjects,
    private readonly refusals: Refusals,
  ) {}

  /**
   * @param open checks the request; what it throws is a refusal before an operator was asked
   * @param proof of the client's authentication beside the grant
   */
  async issue(
    flow: Flow,
    open: () => Promise<DirectGrant>,
    proof?: Proof,
  ): Promise<TokenAnswer | TokenRefusal> {
    let grant: DirectGrant | undefined;
    try {
      grant = await open();
      grant = { ...grant, proof: grant.proof ?? proof };
      requireReach(grant.chosen.operator, grant.proof);
      const token = this.tokenFrom(grant, await grant.redeem());
      this.refusals.issued(grant.chosen.operator.id, flow);
      return token;
    } catch (error) {
      const refused = tokenRefusal(error);
      this.refusals.record(grant?.chosen.operator.id, refused.refusal, flow);
      return refused;
    }
  }

  private tokenFrom({ clientId, order, chosen, proof }: DirectGrant, given: OperatorToken): TokenAnswer {
    const { operator, registration } = chosen;
    const { tenantId, applicationId, subscriptionId, purpose } = order;
    return this.mint.mint({
      clientId,
      order,
      credential: proof?.credential,
      subject: this.subjects.of(tenantId, operator.id, given.subject),
      session: {
        tenantId,
        applicationId,
        subscriptionId,
        purpose,
        operatorId: operator.id,
        registrationId: registration.id,
        amr: given.amr,
        operatorToken: given.token,
        endsAt: given.endsAt,
        rule: chosen.rule,
      },
    });
  }
}
