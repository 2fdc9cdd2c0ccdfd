import { Pool } from 'undici';

/** One answer, read to its end. */
export interface Answer {
  status: number;
  location: string | undefined;
  body: string;
}

type Form = Readonly<Record<string, string | undefined>> | URLSearchParams | string;

/**
 * HTTP over connections that are kept: thousands of requests in seconds, or a hundred that really arrive at once.
 * Redirects are not followed.
 */
export class PooledHttp {
  private readonly pool: Pool;

  /** @param at such as `http://127.0.0.1:3000`; @param connections how many requests can be under way */
  constructor(
    readonly at: string,
    private readonly connections = 50,
  ) {
    this.pool = new Pool(at, { connections, pipelining: 1, headersTimeout: 20_000, bodyTimeout: 20_000 });
  }

  /** Opens every connection beforehand. */
  async warmUp(): Promise<void> {
    await Promise.all(Array.from({ length: this.connections }, () => this.get('/jwks')));
  }

  /** @param target path and query, sent as it stands */
  get(target: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', target, headers);
  }

  /** @param form undefined members are left out; a string is sent as it stands */
  post(target: string, form: Form, headers: Record<string, string> = {}): Promise<Answer> {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.send('POST', target, { ...type, ...headers }, encoded(form));
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }

  private async send(
    method: 'GET' | 'POST',
    path: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<Answer> {
    const answer = await this.pool.request({ method, path, headers, body });
    const { location } = answer.headers;
    return {
      status: answer.statusCode,
      location: Array.isArray(location) ? location.join(', ') : location,
      body: await answer.body.text(),
    };
  }
}

/** What an answer says went wrong: OAuth's `error` or the API's `code`; undefined for anything else. */
export function reasonOf({ body }: Answer): string | undefined {
  if (!body.startsWith('{')) return undefined;
  const { error, code } = JSON.parse(body) as { error?: string; code?: string };
  return error ?? code;
}

function encoded(form: Form): string {
  if (typeof form === 'string') return form;
  if (form instanceof URLSearchParams) return form.toString();
  const given = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(given).toString();
}
