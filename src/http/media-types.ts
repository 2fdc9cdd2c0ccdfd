import { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../contract/problem.js';

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
  if (!takesJson(accept)) throw new Problem('notAcceptable');
}

/** Ranges that JSON in UTF-8 falls into, most specific first: the first that is named decides. */
const RANGES = ['application/json;charset=utf-8', 'application/json', 'application/*', '*/*'];

/** An element of a list, with the commas that stand in quotes. */
const ELEMENT = /(?:[^",]|"(?:[^"\\]|\\.)*")+/g;

function takesJson(accept: string): boolean {
  const weights = new Map(accept.toLowerCase().match(ELEMENT)?.map(weighted));
  const decisive = RANGES.find((range) => weights.has(range));
  return decisive !== undefined && weights.get(decisive)! > 0;
}

/** @returns the range without blanks and quotes, and its weight; what follows the weight is no part of the range */
function weighted(element: string): [range: string, weight: number] {
  const parts = element.replaceAll(/[\s"]/g, '').split(';');
  const at = parts.findIndex((part) => part.startsWith('q='));
  if (at < 0) return [parts.join(';'), 1];
  const weight = Number(parts[at]!.slice(2));
  return [parts.slice(0, at).join(';'), Number.isNaN(weight) ? 0 : weight];
}

function isUtf8Json(contentType: string): boolean {
  const [type, ...parameters] = contentType.toLowerCase().split(';');
  if (type!.trim() !== 'application/json') return false;
  return parameters
    .map((parameter) => parameter.split('=', 2).map((part) => part.trim()))
    .every(([name, value]) => name !== 'charset' || /^("?)utf-?8\1$/.test(value ?? ''));
}
