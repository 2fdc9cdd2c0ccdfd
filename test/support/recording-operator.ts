import { once } from 'node:events';
import { createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a recording operator was sent: where to, and the form. */
export interface Recorded {
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly form: URLSearchParams;
}

export interface RecordingOperator {
  /** For SANDBOX_URL: every operator of the sandbox is found below it. */
  readonly url: string;
  readonly sent: Recorded[];
  close(): Promise<void>;
}

/** Says yes to whatever it is asked, and remembers what that was. */
export async function startRecordingOperator(): Promise<RecordingOperator> {
  const sent: Recorded[] = [];
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const body = await text(request);
      const { pathname } = new URL(request.url!, url);
      const [, operatorId, ...rest] = pathname.split('/');
      const path = `/${rest.join('/')}`;
      if (request.method === 'POST')
        sent.push({ path, headers: request.headers, form: new URLSearchParams(body) });
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answerAt(path, `${url}/${operatorId}`)));
    };
    void answer();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    sent,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function answerAt(path: string, issuer: string): object {
  if (path === '/.well-known/openid-configuration') {
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      backchannel_authentication_endpoint: `${issuer}/bc-authorize`,
      jwks_uri: `${issuer}/jwks`,
    };
  }
  if (path === '/bc-authorize') return { auth_req_id: 'recorded', expires_in: 120, interval: 2 };
  if (path === '/token') return { access_token: 'recorded', token_type: 'Bearer', expires_in: 300 };
  return { keys: [] };
}
