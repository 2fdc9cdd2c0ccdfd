import { IncomingHttpHeaders } from 'node:http';
import Negotiator from 'negotiator';
import { Problem } from '../contract/problem.js';

/** What we can answer with, in the spellings callers ask for. */
const OFFERED = ['application/json', 'application/json;charset=utf-8'];

/**
 * A body must be JSON in UTF-8 and say so; no body needs no type. Whether a body is needed is not asked here.
 * @throws Problem unsupportedMediaType
 */
export function requireJsonBody(headers: IncomingHttpHeaders, hasBody: boolean): void {
  const type = headers['content-type'];
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new Problem('unsupportedMediaType', { detail: 'content encoding' });
  }
  if (type === 'application/json' || (type === undefined && !hasBody)) return;
  if (type === undefined || !isUtf8Json(type)) throw new Problem('unsupportedMediaType');
}

/** @throws Problem notAcceptable when the caller takes no JSON (RFC 9110, 12.5.1) */
export function requireAcceptsJson(accept: string | undefined): void {
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return;
  const negotiator = new Negotiator({ headers: { accept } });
  if (negotiator.mediaType(OFFERED) === undefined) throw new Problem('notAcceptable');
}

function isUtf8Json(contentType: string): boolean {
  const [type, ...parameters] = contentType.toLowerCase().split(';');
  if (type!.trim() !== 'application/json') return false;
  return parameters
    .map((parameter) => parameter.split('=', 2).map((part) => part.trim()))
    .every(([name, value]) => name !== 'charset' || /^("?)utf-?8\1$/.test(value ?? ''));
}
