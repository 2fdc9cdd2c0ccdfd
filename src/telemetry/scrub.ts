import { Scrubbed } from './labels.js';

/** Told of each find, by its kind. */
export type Found = (kind: Scrubbed) => void;

const UUID = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';
const ALONE = '(?<![0-9a-zA-Z])';
const END = '(?![0-9a-zA-Z])';

/** In this order: the first that fits decides. */
const SUSPECTS = [
  // Its digits are chance: an id passes by its shape.
  `(?<id>${ALONE}${UUID}${END})`,
  String.raw`(?<jwt>[\w-]{16,}(?:\.[\w-]*){2,})`,
  '(?<hash>[0-9a-fA-F]{32,})',
  // Base64 of 24 bytes and more, where it is no path: with digits and letters of both cases.
  String.raw`(?<opaque>(?=[\w+/-]*\d)(?=[\w+/-]*[a-z])(?=[\w+/-]*[A-Z])[\w+/-]{32,}={0,2})`,
  String.raw`(?<number>\+?\d{7,})`,
].join('|');

const SEARCH = new RegExp(SUSPECTS, 'g');
/** Numbers of orders have seven digits often enough. */
const CORRELATOR_SEARCH = new RegExp(SUSPECTS.replace('{7,}', '{8,}'), 'g');
/** In the frames of a stack paths are long. */
const FRAME_SEARCH = new RegExp(SUSPECTS.replace(/\|\(\?<opaque>.*=\{0,2\}\)/, ''), 'g');
const FRAME = /^\s+at /;

/** Whether it is worth a closer look; most texts are not. */
const SUSPICIOUS = /\d{7}|[0-9a-fA-F]{32}|[\w-]{16,}\.[\w-]*\.|[\w+/-]{32}/;

/**
 * Takes out of a free text what must never leave the process: phone numbers, hashes, tokens. Anything of seven or more
 * digits counts as a number; line and column numbers of a stack are shorter. The last line of defence: what it finds
 * should not have been there.
 * @param found told of each find
 */
export function scrub(text: string, found?: Found): string {
  if (!SUSPICIOUS.test(text)) return text;
  if (!text.includes('\n')) return scrubLine(text, found);
  return text
    .split('\n')
    .map((line) => scrubLine(line, found))
    .join('\n');
}

function scrubLine(line: string, found?: Found): string {
  return replace(line, FRAME.test(line) ? FRAME_SEARCH : SEARCH, found);
}

function replace(text: string, search: RegExp, found?: Found): string {
  return text.replaceAll(search, (match, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Record<string, string | undefined>;
    if (groups['id'] !== undefined) return match;
    const kind = groups['number'] ? 'msisdn' : groups['hash'] ? 'hash' : 'token';
    found?.(kind);
    return PRINTED[kind];
  });
}

const PRINTED: Readonly<Record<Scrubbed, string>> = {
  msisdn: '[number]',
  hash: '[hash]',
  token: '[token]',
};

/** UUID, trace id (W3C Trace Context, 32 hexadecimal digits), its header as a whole, ULID: ids by their shape. */
const ID = new RegExp(
  `^(?:${UUID}|[0-9a-f]{32}|[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}|[0-7][0-9A-HJKMNP-TV-Z]{25})$`,
);

/** One call asks for its own several times over. */
let lastClean = '';

/**
 * An x-correlator as it may be logged and kept. It is the consumer's free text and may hold a phone number, its hash or
 * a token; ids of a known shape pass as they are.
 */
export function scrubCorrelator(correlator: string, found?: Found): string {
  if (correlator === lastClean) return correlator;
  if (ID.test(correlator) || !SUSPICIOUS.test(correlator)) return (lastClean = correlator);
  return replace(correlator, CORRELATOR_SEARCH, found);
}
