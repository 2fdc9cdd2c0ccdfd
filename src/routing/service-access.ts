import { Secret } from '../contract/secret.js';
import { Operator } from '../operators/operator.js';
import { Lookup, LookupFailed } from './lookup.js';

/** How a manifest says that a service of its operator is asked: secrets by name. */
type Named = Pick<NonNullable<Operator['telcoFinder']>, 'secret' | 'client'>;

/**
 * The same with the secrets themselves.
 * @throws LookupFailed secret_missing: the service is not asked without what it wants to see
 */
export function accessOf(
  { secret, client }: Named,
  secrets: ReadonlyMap<string, Secret>,
): Pick<Lookup, 'token' | 'client'> {
  const valueOf = (name: string): Secret => {
    const value = secrets.get(name);
    if (!value) throw new LookupFailed('secret_missing');
    return value;
  };
  if (client) return { token: undefined, client: { ...client, secret: valueOf(client.secret) } };
  return { token: secret === undefined ? undefined : valueOf(secret) };
}
