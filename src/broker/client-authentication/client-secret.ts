import { ClientAuth, ClientSecretBasic, ClientSecretPost } from 'openid-client';
import { Secret } from '../../contract/secret.js';

/**
 * @param encoding `form`: percent-encoded before Basic (RFC 6749 §2.3.1); `raw`: as some vendors want it
 */
export function clientSecret(
  method: 'client_secret_basic' | 'client_secret_post',
  encoding: 'form' | 'raw',
  secret: Secret,
): ClientAuth {
  if (method === 'client_secret_post') return ClientSecretPost(secret.reveal());
  if (encoding === 'form') return ClientSecretBasic(secret.reveal());
  return (_server, client, _body, headers) => {
    const credentials = Buffer.from(`${client.client_id}:${secret.reveal()}`).toString('base64');
    headers.set('authorization', `Basic ${credentials}`);
  };
}
