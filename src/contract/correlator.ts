/** `x-correlator` of CAMARA 2.1 (Commonalities r3.4, XCorrelator): at most 256 characters, may be empty. */
const PATTERN = /^[a-zA-Z0-9\-_:;./<>{}]{0,256}$/;

export function isCorrelator(value: string): boolean {
  return PATTERN.test(value);
}
