import { errors } from 'oidc-provider';

/**
 * Client credentials of an Authorization header, each percent-encoded before they were joined (RFC 6749 §2.3.1).
 * @returns undefined without such a header
 * @throws InvalidClientAuth when it cannot be read
 */
export function basicCredentials(authorization: string): { clientId: string; secret: string } | undefined {
  const [, encoded] = /^Basic +([\w+/=-]+)$/i.exec(authorization) ?? [];
  if (encoded === undefined) return undefined;
  const [, clientId, secret] =
    /^([^:]+):([^:]+)$/.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  try {
    if (clientId && secret) return { clientId: formDecoded(clientId), secret: formDecoded(secret) };
  } catch {
    // A broken percent-encoding.
  }
  throw new errors.InvalidClientAuth('unreadable client credentials');
}

function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
