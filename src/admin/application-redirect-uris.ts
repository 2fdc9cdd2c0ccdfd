import { z } from 'zod';

const MAX_URIS = 20;
const MAX_LENGTH = 2_000;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** RFC 8252 §7.1: a domain name of the application's own, reversed. */
const PRIVATE_SCHEME = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:[\x21-\x7e]+$/;
const WEB = /^https?:\/\/[^/?#\\]+/;

const redirectUri = z
  .string()
  .max(MAX_LENGTH)
  .superRefine((value, context) => {
    const message = faultOf(value);
    if (message) context.addIssue({ code: 'custom', message });
  });

/** Where users may be sent back to, compared character by character (RFC 9700 §2.1). */
export const RedirectUris = z
  .array(redirectUri)
  .max(MAX_URIS)
  .superRefine((uris, context) => {
    const twice = uris.findIndex((uri, index) => uris.indexOf(uri) < index);
    if (twice >= 0) context.addIssue({ code: 'custom', path: [twice], message: 'stands twice in the list' });
    // A private scheme makes it a native client, and for those https on loopback is nobody's claim (RFC 8252 §7.2).
    const claimed = uris.some((uri) => !WEB.test(uri)) ? uris.findIndex(isHttpsOnLoopback) : -1;
    if (claimed >= 0) {
      context.addIssue({
        code: 'custom',
        path: [claimed],
        message: 'must not be https on loopback beside a private scheme',
      });
    }
  });

/** @returns what is wrong with it; undefined: nothing */
function faultOf(uri: string): string | undefined {
  if (uri.includes('#')) return 'must not have a fragment';
  const url = /^[\x21-\x7e]+$/.test(uri) && !uri.includes('\\') ? URL.parse(uri) : null;
  if (!url) return 'must be an absolute URI';
  if (url.username !== '' || url.password !== '' || /^[^:]+:\/\/[^/?]*@/.test(uri)) {
    return 'must not name a user';
  }
  if (WEB.test(uri)) {
    if (url.protocol === 'https:' || LOOPBACK.has(url.hostname)) return undefined;
    return 'must be https; http only on loopback';
  }
  return PRIVATE_SCHEME.test(uri)
    ? undefined
    : 'must be https, or a private scheme with a dot, such as com.example.app:/';
}

function isHttpsOnLoopback(uri: string): boolean {
  const url = URL.parse(uri);
  return url?.protocol === 'https:' && LOOPBACK.has(url.hostname);
}
