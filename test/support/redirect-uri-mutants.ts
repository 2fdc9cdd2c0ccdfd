import fc from 'fast-check';
import { knownTricks } from './redirect-uri-tricks.js';

/** A redirect URI that is not the registered one, as it stands in the query: encoded once, twice, or not at all. */
export interface RedirectMutant {
  readonly uri: string;
  readonly encoded: string;
}

/** @param registered https, with a path and no query, such as `https://asp.example/callback` */
export function redirectUriMutants(registered: string): fc.Arbitrary<RedirectMutant> {
  const uris = fc.oneof(
    fc.constantFrom(...knownTricks(registered)),
    inserted(registered),
    removed(registered),
    fc.mixedCase(fc.constant(registered)),
    homographs(registered),
    percentEncoded(registered),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.tuple(fc.webAuthority({ withUserInfo: true, withPort: true })).map(([at]) => `https://${at}/callback`),
  );
  return fc
    .tuple(uris, fc.constantFrom(1, 1, 1, 2))
    .filter(([uri]) => uri !== registered)
    .map(([uri, times]) => ({ uri, encoded: encodeTimes(uri, times) }));
}

function encodeTimes(uri: string, times: number): string {
  const once = encodeURIComponent(uri.toWellFormed());
  return times === 1 ? once : encodeURIComponent(once);
}

/** One character too many, anywhere: blanks, controls, marks that nobody sees, separators. */
function inserted(registered: string): fc.Arbitrary<string> {
  const invisible = ['\u200b', '\u200e', '\u2060', '\ufeff', '\u00ad', '\u00a0', '\u2028', '\u0301'];
  const separators = [
    ' ',
    '\t',
    '\r',
    '\n',
    '\0',
    '\u007f',
    '\\',
    '/',
    '.',
    '@',
    ':',
    '?',
    '#',
    '%',
    '&',
    '*',
    ';',
  ];
  const one = fc.oneof(
    fc.constantFrom(...invisible, ...separators),
    fc.string({ unit: 'grapheme', minLength: 1 }),
  );
  return fc
    .tuple(one, fc.nat(registered.length))
    .map(([what, at]) => registered.slice(0, at) + what + registered.slice(at));
}

function removed(registered: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat(registered.length - 1), fc.integer({ min: 1, max: 5 }))
    .map(([at, length]) => registered.slice(0, at) + registered.slice(at + length));
}

/** Letters of other alphabets that look the same, full-width forms, and their punycode. */
function homographs(registered: string): fc.Arbitrary<string> {
  const alike: Record<string, string[]> = {
    a: ['а', 'ａ', 'ɑ'],
    c: ['с', 'ϲ'],
    e: ['е', 'é', 'ｅ'],
    k: ['к', 'K'],
    l: ['ӏ', 'ｌ', '1', 'I'],
    p: ['р', 'ρ'],
    s: ['ѕ', 'ſ'],
    x: ['х', 'ⅹ'],
    '.': ['。', '．', '․'],
    '/': ['⁄', '∕', '／'],
  };
  const places = [...registered].flatMap((char, at) => (alike[char] ? [at] : []));
  return fc.tuple(fc.constantFrom(...places), fc.nat(), fc.boolean()).map(([at, pick, puny]) => {
    const choices = alike[registered[at]!]!;
    const uri = registered.slice(0, at) + choices[pick % choices.length]! + registered.slice(at + 1);
    return puny && URL.canParse(uri) && new URL(uri).href !== registered ? new URL(uri).href : uri;
  });
}

/** The same characters, some of them percent-encoded, in either case. */
function percentEncoded(registered: string): fc.Arbitrary<string> {
  return fc.tuple(fc.nat(registered.length - 1), fc.boolean()).map(([at, upper]) => {
    const hex = registered.charCodeAt(at).toString(16);
    return `${registered.slice(0, at)}%${upper ? hex.toUpperCase() : hex}${registered.slice(at + 1)}`;
  });
}
