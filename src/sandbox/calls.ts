type Endpoint = 'api' | 'token' | 'bc-authorize';

/** What reached the simulated operators, for tests that must prove what did *not* happen. */
export class Calls {
  private readonly requests = new Map<string, number>();
  private readonly redirected = new Map<string, number>();
  private readonly tokenUses = new Map<string, () => number[]>();

  /** @returns requests that reached the operator there, refused ones included */
  of(operatorId: string, endpoint: Endpoint = 'api'): number {
    return this.requests.get(`${operatorId} ${endpoint}`) ?? 0;
  }

  /** @returns requests that followed the operator's redirect; a caller that never follows leaves it 0 */
  followedRedirects(operatorId: string): number {
    return this.redirected.get(operatorId) ?? 0;
  }

  /** @returns for each access token of the last minutes, oldest first, how often it came to the API */
  perToken(operatorId: string): number[] {
    return this.tokenUses.get(operatorId)?.() ?? [];
  }

  /** A request arrived. */
  count(operatorId: string, endpoint: Endpoint): void {
    this.requests.set(`${operatorId} ${endpoint}`, this.of(operatorId, endpoint) + 1);
  }

  /** Somebody followed the redirect. */
  countFollowed(operatorId: string): void {
    this.redirected.set(operatorId, this.followedRedirects(operatorId) + 1);
  }

  watchTokens(operatorId: string, uses: () => number[]): void {
    this.tokenUses.set(operatorId, uses);
  }
}
