export const ISSUER = 'https://issuer.example';
export const AUDIENCE = 'number-verification';

/** Nest's token for {@link AssembledOptions}. */
export const OPTIONS = Symbol('AssembledOptions');

export interface AssembledOptions {
  operatorUrl: string;
  /** PEM, RSA. */
  publicKey: string;
}
