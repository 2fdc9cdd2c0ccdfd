/** What reached the simulated operators, for tests that must prove what did *not* happen. */
export class Calls {
  private readonly api = new Map<string, number>();
  private readonly redirected = new Map<string, number>();
  private readonly tokenUses = new Map<string, () => number[]>();

  /** @returns API requests that reached the operator, refused ones included */
  of(operatorId: string): number {
    return this.api.get(operatorId) ?? 0;
  }

  /** @returns requests that followed the operator's redirect; a caller that never follows leaves it 0 */
  followedRedirects(operatorId: string): number {
    return this.redirected.get(operatorId) ?? 0;
  }

  /** @returns for each access token of the last minutes, oldest first, how often it came to the API */
  perToken(operatorId: string): number[] {
    return this.tokenUses.get(operatorId)?.() ?? [];
  }

  /** An API request arrived. */
  count(operatorId: string): void {
    this.api.set(operatorId, this.of(operatorId) + 1);
  }

  /** Somebody followed the redirect. */
  countFollowed(operatorId: string): void {
    this.redirected.set(operatorId, this.followedRedirects(operatorId) + 1);
  }

  watchTokens(operatorId: string, uses: () => number[]): void {
    this.tokenUses.set(operatorId, uses);
  }
}
