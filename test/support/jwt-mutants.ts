import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { JwtMutant, damaged, rearranged } from './broken-jwts.js';
import { claimMutants } from './claim-mutants.js';
import { GoodJwt, STRANGER, es256, hmac, signingInput } from './forge.js';

/** Any one way in which a JWT can be wrong. @param good must be accepted as it is */
export function jwtMutants(good: GoodJwt): fc.Arbitrary<JwtMutant> {
  return fc.oneof(
    { arbitrary: unsigned(good), weight: 1 },
    { arbitrary: symmetric(good), weight: 1 },
    { arbitrary: mislabelled(good), weight: 1 },
    { arbitrary: bringingItsKey(good), weight: 2 },
    { arbitrary: critical(good), weight: 1 },
    { arbitrary: misnamedKey(good), weight: 2 },
    { arbitrary: damaged(good), weight: 3 },
    { arbitrary: rearranged(good), weight: 2 },
    { arbitrary: claimMutants(good), weight: 6 },
  );
}

function unsigned({ header, claims }: GoodJwt): fc.Arbitrary<JwtMutant> {
  const spellings = fc.mixedCase(fc.constant('none'));
  return fc.tuple(spellings, fc.constantFrom('', 'AA', 'e30')).map(([alg, signature]) => ({
    kind: `alg ${alg}`,
    make: () => `${signingInput({ ...header, alg }, claims())}.${signature}`,
  }));
}

/** RS/ES to HS confusion: the public key, which everybody has, as the secret. */
function symmetric({ header, claims, publicJwk }: GoodJwt): fc.Arbitrary<JwtMutant> {
  const key = createPublicKey({ key: { ...publicJwk }, format: 'jwk' });
  const secrets: Record<string, string | Buffer> = {
    PEM: key.export({ format: 'pem', type: 'spki' }),
    'PEM without its last line end': key.export({ format: 'pem', type: 'spki' }).toString().trimEnd(),
    DER: key.export({ format: 'der', type: 'spki' }),
    JWK: JSON.stringify(publicJwk),
    x: Buffer.from(publicJwk.x!, 'base64url'),
    kid: publicJwk.kid!,
    nothing: '',
  };
  return fc
    .tuple(fc.constantFrom(...Object.keys(secrets)), fc.constantFrom(256, 384, 512))
    .map(([name, bits]) => ({
      kind: `HS${bits} keyed by ${name}`,
      make: () => hmac(header, claims(), secrets[name]!, bits),
    }));
}

function mislabelled({ header, claims, key }: GoodJwt): fc.Arbitrary<JwtMutant> {
  const labels = [
    'ES384',
    'RS256',
    'PS256',
    'EdDSA',
    'ES256K',
    'es256',
    '',
    'dir',
    'RSA-OAEP',
    'PBES2-HS256+A128KW',
  ];
  const values = fc.oneof(fc.constantFrom(...labels, null, ['ES256'], {}, 7), fc.string());
  return values
    .filter((alg) => alg !== 'ES256')
    .map((alg) => ({
      kind: `alg ${JSON.stringify(alg)}`,
      make: () => es256({ ...header, alg }, claims(), key),
    }));
}

/** Signed by a stranger, whose key the header offers; nothing listens at the URLs, and nobody may look. */
function bringingItsKey({ header, claims }: GoodJwt): fc.Arbitrary<JwtMutant> {
  const jwk = STRANGER.publicKey.export({ format: 'jwk' });
  const der = STRANGER.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const offers: Record<string, unknown>[] = [
    {},
    { jwk },
    { jwk: { ...jwk, kid: header['kid'] } },
    { jku: 'http://127.0.0.1:9/jwks' },
    { jku: 'https://asp.example@evil.example/jwks' },
    { x5u: 'http://127.0.0.1:9/chain.pem' },
    { x5c: [der] },
    { x5t: 'e30', 'x5t#S256': 'e30' },
    { zip: 'DEF', p2c: 1_000_000_000, p2s: 'e30' },
  ];
  return fc.tuple(fc.constantFrom(...offers), fc.boolean()).map(([offer, named]) => ({
    kind: `a stranger's key, header ${Object.keys(offer).join()}`,
    make: () =>
      es256({ ...header, kid: named ? header['kid'] : undefined, ...offer }, claims(), STRANGER.privateKey),
  }));
}

/** RFC 7515 §4.1.11: who does not understand what is critical must refuse. */
function critical({ header, claims, key }: GoodJwt): fc.Arbitrary<JwtMutant> {
  const names = fc.oneof(
    fc.constantFrom<unknown>([], 'exp', null, {}, 1, [1], [''], ['exp'], ['alg'], ['b64'], ['__proto__']),
    fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }),
  );
  return fc.tuple(names, fc.constantFrom({}, { b64: false }, { exp: 1 })).map(([crit, extra]) => ({
    kind: `crit ${JSON.stringify(crit)} ${JSON.stringify(extra)}`,
    make: () => es256({ ...header, crit, ...extra }, claims(), key),
  }));
}

/** A key id that is a path, a query or a program, for whoever looks keys up by it. */
function misnamedKey({ header, claims }: GoodJwt): fc.Arbitrary<JwtMutant> {
  const traps = ['../../../../dev/null', '/dev/null', "' OR '1'='1", "x'; DROP TABLE keys; --", '__proto__'];
  const more = ['constructor', '$(id)', '\0', 'http://127.0.0.1:9/', '*', '%', null, 0, [], {}, true];
  const kids = fc.oneof(
    fc.constantFrom<unknown>(...traps, ...more),
    fc.string(),
    fc.string({ minLength: 500 }),
  );
  return fc.tuple(kids, fc.boolean()).map(([kid, symmetrically]) => ({
    kind: `kid ${JSON.stringify(kid).slice(0, 40)}`,
    make: () =>
      symmetrically
        ? hmac({ ...header, kid }, claims(), '')
        : es256({ ...header, kid }, claims(), STRANGER.privateKey),
  }));
}
