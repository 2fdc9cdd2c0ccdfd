import { errors } from 'oidc-provider';

/** 503 where the answer is a body; on a redirect only the code is seen. */
export function unavailable(cause: unknown): errors.OIDCProviderError {
  const error = new errors.TemporarilyUnavailable('the sign-in service cannot keep its state', { cause });
  return Object.assign(error, { status: 503, statusCode: 503 });
}
