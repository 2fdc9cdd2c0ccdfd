/** What one of our access tokens carries: the route of the one call it is good for. */
export interface Grant {
  tenantId: string;
  applicationId: string;
  /** The application's client_id at our authorization server. */
  clientId: string;
  subscriptionId: string;
  operatorId: string;
  /** The application's registration at that operator. */
  registrationId: string;
  /** API scopes, canonical (`number-verification:verify`); without `openid` and `dpv:`. */
  scopes: readonly string[];
  /** W3C DPV purpose, such as `dpv:FraudPreventionAndDetection`. */
  purpose: string;
  /** How the operator says it authenticated the device; empty when it does not say. */
  amr: readonly string[];
  /** Pairwise subject; says nothing of the number. */
  subject: string;
  jti: string;
  /** What the application proved itself with: `key:<kid>` or `sec:<id>`; unknown for a key without a kid. */
  credential?: string;
  /** Seconds since the epoch. */
  issuedAt: number;
  /** Seconds since the epoch; at most issuedAt + 300 and before the operator token's end. */
  expiresAt: number;
  /** The routing rule that chose the operator; says nothing of the device. */
  rule?: string | undefined;
  /** The operator's own access token. Secret. */
  operatorToken: string;
}
