/** What clients may sign with: never `none`, never a shared secret. */
export const SIGNING_ALGORITHMS = ['ES256', 'PS256', 'RS256'] as const;
