/** One request of which the simulator received the whole: the operators' side of the truth. */
export interface SimRecord {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly operatorId: string;
  readonly endpoint: 'verify' | 'share' | 'token' | 'other';
  /** Of the operator token; empty when none of ours came. */
  readonly jti: string;
  /** The fault it was answered with; empty for an honest answer. */
  readonly fault: string;
  /** What an honest answer says: `true`, `false`, the number, or the status of a refusal. */
  readonly verdict: string;
  /** The token had been used before. */
  readonly again: boolean;
  /** How the gateway proved at the token endpoint who it is. */
  readonly proof?: { readonly aud: unknown; readonly kid: unknown };
}
