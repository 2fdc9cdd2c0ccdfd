import { Secret } from '../../contract/secret.js';

/** Values of OPERATOR_SECRET_<NAME>, by NAME. */
export type Secrets = ReadonlyMap<string, Secret>;

/** @throws Error for a missing secret: its operator should have been off */
export function secretNamed(secrets: Secrets, name: string): Secret {
  const secret = secrets.get(name);
  if (!secret) throw new Error(`OPERATOR_SECRET_${name} is not set`);
  return secret;
}
