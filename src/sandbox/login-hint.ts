import { isIPv6 } from 'node:net';
import { Subscriber } from './devices.js';
import { Site } from './site.js';

/** Whom a hint means, and how the operator knows it is them; `amr` undefined: it does not. */
export interface Hinted {
  readonly subscriber: Subscriber;
  readonly amr: readonly string[] | undefined;
}

const HINT = /^(operatortoken|tel|ipport):(.+)$/s;

/**
 * Reads login_hint (ICM r4.2, CIBA) in the forms the manifest names. A TS.43 token is spent by it.
 * @returns or the error of CIBA Core 13
 */
export function readLoginHint(
  hint: string | null,
  site: Site,
): Hinted | 'invalid_request' | 'unknown_user_id' {
  const [, kind, value] = HINT.exec(hint ?? '') ?? [];
  const accepted = site.operator.auth.cibaHints.find((name) => name === kind);
  if (!accepted || value === undefined) return 'invalid_request';
  if (accepted === 'operatortoken') return known(site.operatorTokens.spend(value), ['sim']);
  if (accepted === 'tel')
    return /^\+[1-9]\d{4,14}$/.test(value)
      ? known(site.network.numbered(value), undefined)
      : 'invalid_request';
  const ip = addressIn(value);
  return ip === undefined ? 'invalid_request' : known(site.network.at(ip), ['nba']);
}

function known(subscriber: Subscriber | undefined, amr: Hinted['amr']): Hinted | 'unknown_user_id' {
  return subscriber ? { subscriber, amr } : 'unknown_user_id';
}

/** `80.90.34.2:16790`, `[2001:db8::1]:8080`; the port is optional. */
function addressIn(value: string): string | undefined {
  const [, v6, v4, port = '1'] = /^(?:\[([\da-f:.]+)\]|([\d.]+))(?::(\d{1,5}))?$/i.exec(value) ?? [];
  if (Number(port) < 1 || Number(port) > 65_535) return undefined;
  return v4 ?? (isIPv6(v6 ?? '') ? v6 : undefined);
}
