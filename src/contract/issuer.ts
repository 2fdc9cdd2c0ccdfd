/** Nest's token for our issuer: a string, the API root without trailing slash. */
export const ISSUER = Symbol('Issuer');

/** What an access token for Number Verification names as its audience. */
export function numberVerificationAudience(issuer: string): string {
  return `${issuer}/number-verification`;
}

/** What a token for the admin API names as its audience (RFC 9068). */
export function adminAudience(issuer: string): string {
  return `${issuer}/admin`;
}
