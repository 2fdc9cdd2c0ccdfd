/** Parameters of the grants that are ours (OAuth's, CIBA's and RFC 8693's, and the lifetime of a token). */
export const EXTENSION_PARAMETERS = [
  'scope',
  'login_hint',
  'subject_token',
  'subject_token_type',
  'requested_token_type',
  'actor_token',
  'actor_token_type',
  'audience',
  'expires_in',
] as const;

/** As the library hands them over: each given at most once. */
export type ExtensionParameters = Readonly<Partial<Record<(typeof EXTENSION_PARAMETERS)[number], string>>>;
