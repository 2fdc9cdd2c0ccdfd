import { Problem } from '../contract/problem.js';
import { UpstreamAnswer, UpstreamRequest } from '../dialects/dialect.js';
import { retryAfterSeconds } from '../dialects/retry-after.js';
import { Operator } from '../operators/operator.js';
import { Permit } from './permit.js';

/** Statuses whose Response must have no body (Fetch, null body status). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * A function of fetch's shape over one operator's token target.
 * Its own deadline is shorter than any signal of the caller's, which is therefore only looked at before sending.
 */
export function operatorFetch(operator: Operator, admit: () => Permit): typeof fetch {
  const plainAllowed = operator.apiRoot.startsWith('http:');
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.protocol !== 'https:' && !(plainAllowed && url.protocol === 'http:')) {
      throw failed(new Problem('operatorRouteBroken', { detail: 'not https', neverSent: true }));
    }
    init?.signal?.throwIfAborted();
    const request = toRequest(url, init);
    let answer: UpstreamAnswer | undefined;
    try {
      using permit = admit();
      return await permit.sendTo(url, request, (whole) => {
        answer = whole;
        refuse(whole);
        return toResponse(whole);
      });
    } catch (error) {
      // The circuit has had its say; what the answer means is the caller's business.
      if (answer && answer.status >= 400) return toResponse(answer);
      throw failed(error);
    }
  };
}

function toRequest(url: URL, init: RequestInit | undefined): UpstreamRequest {
  const method = init?.method?.toUpperCase() ?? 'GET';
  if (method !== 'GET' && method !== 'POST') throw new TypeError(`${method} is not for operators`);
  const { body } = init ?? {};
  if (body !== undefined && body !== null && typeof body !== 'string' && !(body instanceof URLSearchParams)) {
    throw new TypeError('only text and form bodies are sent to operators');
  }
  const headers = new Headers(init?.headers);
  if (body instanceof URLSearchParams && !headers.has('content-type')) {
    headers.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8');
  }
  headers.set('accept-encoding', 'identity');
  return {
    method,
    path: url.pathname + url.search,
    headers: Object.fromEntries(headers),
    body: body?.toString(),
  };
}

/** What the circuit must know of an answer: 5xx is the operator's failure, 429 its wish to be left alone. */
function refuse({ status, headers }: UpstreamAnswer): void {
  if (status >= 500) throw new Problem('operatorFailed');
  if (status === 429) {
    throw new Problem('operatorRateLimited', { retryAfterSeconds: retryAfterSeconds(headers) });
  }
  if (status < 200) throw new Problem('operatorMisbehaved');
}

function toResponse({ status, headers, body }: UpstreamAnswer): Response {
  const init = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) init.append(name, one);
  }
  if (status > 599) throw new TypeError('fetch failed', { cause: new Problem('operatorMisbehaved') });
  return new Response(BODILESS.has(status) ? null : body, { status, headers: init });
}

/** As fetch reports a failure of the network. */
function failed(cause: unknown): TypeError {
  return cause instanceof TypeError ? cause : new TypeError('fetch failed', { cause });
}
