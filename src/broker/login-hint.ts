import { errors } from 'oidc-provider';
import { Operator } from '../operators/operator.js';
import { Order } from './orders.js';

/** Whom a sign-in without a redirect is about (ICM r4.2, "Format of login_hint"). */
export interface DeviceHint {
  readonly kind: Operator['auth']['cibaHints'][number];
  /** As it was given, prefix and all. May be secret, may be a phone number. */
  readonly hint: string;
  /** Without the prefix. */
  readonly value: string;
}

/** A TS.43 token is opaque, but has to fit into a header of the operator's own. */
const FORM = /^(operatortoken|tel|ipport):([\x21-\x7e]{1,4096})$/;
const FORMS: Readonly<Record<DeviceHint['kind'], RegExp>> = {
  operatortoken: /./,
  tel: /^\+[1-9]\d{4,14}$/,
  ipport: /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-f:.]{2,45}\])(:\d{1,5})?$/i,
};

/**
 * @param order names the kinds that were agreed: a phone number or an address would assert what Number
 *   Verification is to find out
 * @throws InvalidRequest
 */
export function requireHint(given: string | undefined, order: Pick<Order, 'allowedHints'>): DeviceHint {
  const [hint, kind, value] = FORM.exec(given ?? '') ?? [];
  if (hint === undefined || value === undefined || !isKind(kind) || !FORMS[kind].test(value)) {
    throw new errors.InvalidRequest(
      'login_hint must be operatortoken:, tel: or ipport: and what it stands for',
    );
  }
  if (!order.allowedHints.includes(kind)) {
    throw new errors.InvalidRequest(`a ${kind} hint was not agreed for this subscription`);
  }
  return { kind, hint, value };
}

/** Address and port of an `ipport:` hint. */
export function addressIn({ value }: DeviceHint): { ip: string; port?: number } {
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^[\]:]+))(?::(\d+))?$/.exec(value) ?? [];
  return { ip: bracketed ?? plain ?? '', ...(port !== undefined && { port: Number(port) }) };
}

function isKind(kind: string | undefined): kind is DeviceHint['kind'] {
  return kind !== undefined && Object.hasOwn(FORMS, kind);
}
