import { OAuthAnswer } from './asp-backend.js';
import { SandboxInfo } from './sandbox-info.js';

/** One line of the play, and whether it went as it must. */
export interface Line {
  readonly text: string;
  readonly ok?: boolean;
}

/** What the gateway's API said. */
export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

export const verify = (info: SandboxInfo, token: string, body: object): Promise<Answer> =>
  call(info, token, 'POST', 'verify', body);

/** Calls the gateway's API with an access token. */
export async function call(
  { apiRoot }: SandboxInfo,
  token: string,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const response = await fetch(`${apiRoot}/number-verification/v2/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export const line = (what: string, came: string): string => `  ${what.padEnd(50)} → ${came}`;

export const told = (what: string, { status, body }: Answer, ok: boolean): Line => {
  const seen = 'code' in body ? String(body['code']) : JSON.stringify(body);
  return { text: line(what, `${status} ${seen}`), ok };
};

/** An OAuth answer without its secrets. */
export const toldBy = (what: string, { status, body }: OAuthAnswer, ok: boolean): Line => {
  const secret = body.access_token ?? body.auth_req_id;
  return { text: line(what, `${status} ${body.error ?? short(secret ?? '')}`), ok };
};

export const short = (secret: string): string => `${secret.slice(0, 8)}…`;
