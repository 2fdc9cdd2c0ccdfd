import fc from 'fast-check';
import { JwtMutant } from './broken-jwts.js';
import { GoodJwt, es256 } from './forge.js';

/** What is no claim of the right type, whichever it is. */
const NONSENSE: readonly unknown[] = [undefined, null, '', 0, -1, true, [], {}, [null], 'null', '\0', ' '];
const now = (): number => Math.floor(Date.now() / 1000);

/** Signed by the right key, and wrong in what it says. */
export function claimMutants(good: GoodJwt): fc.Arbitrary<JwtMutant> {
  const { header, claims, key } = good;
  const wrong = fc.oneof(issuers(good), audiences(good), times(), ids(), others(good));
  const changed = wrong.map(({ kind, change }) => ({
    kind,
    make: () => es256(header, { ...claims(), ...change() }, key),
  }));
  const shapeless = fc
    .oneof(fc.constantFrom('', '[]', 'null', '0', '"x"', '{', '{"iss":', '\uFEFF{}'), fc.string())
    .map((payload) => ({ kind: `payload ${payload}`, make: () => es256(header, payload, key) }));
  return fc.oneof({ arbitrary: changed, weight: 9 }, { arbitrary: shapeless, weight: 1 });
}

interface Wrong {
  kind: string;
  change(): Record<string, unknown>;
}

/** The same claim, spelled almost rightly. */
function nearly(right: string): unknown[] {
  const flipped = [...right].map((char) =>
    char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase(),
  );
  return [
    `${right} `,
    ` ${right}`,
    `${right}\0`,
    `${right}\n`,
    right.slice(0, -1),
    `${right}x`,
    flipped.join(''),
    [right],
    [right, right],
    [right, 'https://elsewhere.example'],
    { 0: right },
  ];
}

function constant(name: string, values: readonly unknown[], right: unknown): fc.Arbitrary<Wrong> {
  return fc
    .oneof(fc.constantFrom(...values), fc.string())
    .filter((value) => value !== right)
    .map((value) => ({
      kind: `${name} ${JSON.stringify(value)}`,
      change: () => ({ [name]: value }),
    }));
}

function issuers({ claims }: GoodJwt): fc.Arbitrary<Wrong> {
  const { iss } = claims();
  return constant('iss', [...NONSENSE, ...nearly(String(iss))], iss);
}

function audiences({ audience }: GoodJwt): fc.Arbitrary<Wrong> {
  const { origin, host, pathname } = new URL(audience);
  const near = [
    `${audience}/`,
    `${audience}?x=1`,
    `${audience}#x`,
    `${origin}/jwks`,
    `${origin}/elsewhere`,
    `${origin}/number-verification`,
    `${origin}.evil.example${pathname}`,
    `https://${host}.evil.example${pathname}`,
    `http://evil.example@${host}${pathname}`,
    `http://evil.example${pathname}`,
    `//${host}${pathname}`,
    `${origin}/.${pathname}`,
    `${origin}/%74oken`,
    host,
  ];
  return constant('aud', [...NONSENSE, ...nearly(audience), ...near, [audience, origin]], audience);
}

function times(): fc.Arbitrary<Wrong> {
  const secondsAgo = fc.integer({ min: 1, max: 1e9 });
  const secondsAhead = fc.integer({ min: 5, max: 1e9 });
  return fc.oneof(
    secondsAgo.map((s) => wrong(`ended ${s} s ago`, () => ({ exp: now() - s, iat: now() - s - 60 }))),
    secondsAhead.map((s) => wrong(`from ${s} s ahead`, () => ({ iat: now() + s, exp: now() + s + 60 }))),
    secondsAhead.map((s) => wrong(`not before ${s} s ahead`, () => ({ nbf: now() + s }))),
    secondsAhead.map((s) => wrong(`for ${300 + s} s`, () => ({ exp: now() + 300 + s }))),
    fc
      .integer({ min: 20, max: 299 })
      .map((s) => wrong(`of ${s} s ago, for 301 s`, () => ({ iat: now() - s, exp: now() - s + 301 }))),
    fc
      .constantFrom<unknown>(...NONSENSE, 1e12, 1e308, '9999999999', ['9999999999'], -1e12, 'soon')
      .map((exp) => wrong(`exp ${JSON.stringify(exp)}`, () => ({ exp }))),
    fc
      .constantFrom<unknown>(null, '', true, {}, [], '0', -1e12, 0, 1e12)
      .map((iat) => wrong(`iat ${JSON.stringify(iat)}`, () => ({ iat }))),
    fc
      .constantFrom<unknown>(null, '', true, {}, [], '0', 1e12)
      .map((nbf) => wrong(`nbf ${JSON.stringify(nbf)}`, () => ({ nbf }))),
  );
}

/** Without an id of its own it could be used again. */
function ids(): fc.Arbitrary<Wrong> {
  return fc
    .constantFrom<unknown>(undefined, null, '', 0, 7, true, [], {}, ['a'])
    .map((jti) => wrong(`jti ${JSON.stringify(jti)}`, () => ({ jti })));
}

/** What is wrong for this use of a JWT only. */
function others({ wrong: wrongs }: GoodJwt): fc.Arbitrary<Wrong> {
  const all = Object.entries(wrongs).flatMap(([name, values]) => values.map((value) => ({ name, value })));
  return fc
    .constantFrom(...all)
    .map(({ name, value }) => wrong(`${name} ${JSON.stringify(value)}`, () => ({ [name]: value })));
}

function wrong(kind: string, change: () => Record<string, unknown>): Wrong {
  return { kind, change };
}
