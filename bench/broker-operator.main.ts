import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { serve } from './child.js';
import { OPERATOR_ID, OPERATOR_TOKEN } from './wire.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const JWKS = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' }] };
const KEEP = { 'content-type': 'application/json', 'cache-control': 'no-store' };

/** What a code was asked for with: the id_token repeats it. */
interface Asked {
  readonly clientId: string;
  readonly nonce: string;
}

const codes = new Map<string, Asked>();
let issuer = '';
let tokenRequests = 0;
let lastTokenMs = 0;

/** An operator's authorization server that believes everything, so that the gateway is what is measured. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url!, 'http://operator');
  const path = url.pathname.slice(OPERATOR_ID.length + 1);
  if (path === '/token') return void token(request, response);
  if (path === '/authorize') return authorize(url.searchParams, response);
  const document = { '/.well-known/openid-configuration': metadata, '/jwks': () => JWKS }[path];
  response.writeHead(document ? 200 : 404, KEEP).end(JSON.stringify(document?.() ?? {}));
}

function metadata(): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['ES256'],
    authorization_response_iss_parameter_supported: true,
  };
}

function authorize(asked: URLSearchParams, response: ServerResponse): void {
  const code = randomUUID();
  codes.set(code, { clientId: asked.get('client_id')!, nonce: asked.get('nonce')! });
  const back = new URL(asked.get('redirect_uri')!);
  for (const [name, value] of Object.entries({ code, state: asked.get('state')!, iss: issuer })) {
    back.searchParams.set(name, value);
  }
  response.writeHead(302, { location: back.href }).end();
}

async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedAt = performance.now();
  let body = '';
  for await (const chunk of request.setEncoding('latin1')) body += chunk as string;
  const form = new URLSearchParams(body);
  const asked = codes.get(form.get('code') ?? '');
  codes.delete(form.get('code') ?? '');
  const granted = { access_token: OPERATOR_TOKEN, token_type: 'Bearer', expires_in: 300 };
  const whole = JSON.stringify(asked ? { ...granted, id_token: idToken(asked) } : granted);
  tokenRequests++;
  lastTokenMs = performance.now() - startedAt;
  response.writeHead(200, { ...KEEP, 'content-length': whole.length }).end(whole);
}

function idToken({ clientId, nonce }: Asked): string {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { iss: issuer, sub: 'nobody', aud: clientId, nonce, amr: ['nba'], iat: now, exp: now + 300 };
  const signed = [{ alg: 'ES256', kid: 'bench' }, claims].map(encoded).join('.');
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

const server = createServer(answer);

serve(
  {
    listen: () =>
      new Promise((resolve) => {
        server.listen(0, '127.0.0.1', () => {
          const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
          issuer = `${url}/${OPERATOR_ID}`;
          resolve(url);
        });
      }),
    tokenRequests: () => tokenRequests,
    /** How long the operator itself took for its last token, ms. */
    lastTokenMs: () => lastTokenMs,
  },
  () => void server.close(),
);
