import { Fault, Victim } from './fault.js';
import { answer, errorInfo } from './http-bytes.js';

const write =
  (text: (victim: Victim) => string): Fault =>
  (victim) =>
    void victim.stream.write(text(victim));

const ok = (body: (victim: Victim) => string): Fault => write((victim) => answer(200, body(victim)));
const refuse = (status: number, code: string): Fault => write(() => errorInfo(status, code));
const retryAfter = (value: () => string): Fault =>
  write(() =>
    answer(429, JSON.stringify({ status: 429, code: 'TOO_MANY_REQUESTS', message: 'slow down' }), {
      'content-type': 'application/json',
      date: new Date().toUTCString(),
      'retry-after': value(),
    }),
  );
const redirect = (status: number, to: (victim: Victim) => string): Fault =>
  write((victim) => answer(status, victim.lie, { 'content-type': 'application/json', location: to(victim) }));
/** On verify the field of verify, on share the field of share. */
const field = (verify: string, share: string): Fault =>
  ok(({ endpoint }) =>
    endpoint === 'share' ? `{"devicePhoneNumber":${share}}` : `{"devicePhoneNumberVerified":${verify}}`,
  );
const html = (text: string): string => `<html><body>${text}</body></html>`;

/** Whole HTTP answers that are wrong, or right and unwelcome. */
export const ANSWER_FAULTS: Readonly<Record<string, Fault>> = {
  html_200: write(({ lie }) => answer(200, html(lie), { 'content-type': 'text/html' })),
  json_as_html: write(({ lie }) => answer(200, lie, { 'content-type': 'text/html' })),
  bad_json: ok(({ lie }) => lie.slice(0, -1)),
  empty_200: ok(() => ''),
  no_content: write(() => answer(204, '')),
  string_bool: field('"false"', '42'),
  null_field: field('null', 'null'),
  number_field: field('0', '990000000000'),
  missing_field: ok(() => '{}'),
  array_200: ok(({ lie }) => `[${lie}]`),
  dup_key: ok(({ truth, lie }) => `${truth.slice(0, -1)},${lie.slice(1)}`),
  error_in_200: ok(({ lie }) => `{"status":500,"code":"INTERNAL","message":"x",${lie.slice(1)}`),
  share_letters: field('"yes"', '"+99o0123456"'),
  share_short: field('"yes"', '"+990"'),
  /** Without its plus: readable, and the same number. */
  share_without_plus: ok(({ endpoint, truth }) => (endpoint === 'share' ? truth.replace('+', '') : truth)),
  share_00: ok(({ endpoint, truth }) => (endpoint === 'share' ? truth.replace('+', '00') : truth)),
  redirect_302: redirect(302, ({ internalUrl }) => internalUrl),
  redirect_307: redirect(307, ({ internalUrl }) => internalUrl),
  redirect_loop: redirect(302, ({ ownUrl }) => ownUrl),
  401: refuse(401, 'UNAUTHENTICATED'),
  '401_client': refuse(401, 'invalid_client'),
  '403_not_mobile': refuse(403, 'NUMBER_VERIFICATION.USER_NOT_AUTHENTICATED_BY_MOBILE_NETWORK'),
  '403_token_context': refuse(403, 'NUMBER_VERIFICATION.INVALID_TOKEN_CONTEXT'),
  '403_permission': refuse(403, 'PERMISSION_DENIED'),
  '403_unknown': refuse(403, 'WHATEVER.NOBODY_KNOWS'),
  '422_unknown': refuse(422, 'WHATEVER.NOBODY_KNOWS'),
  404: refuse(404, 'NOT_FOUND'),
  405: refuse(405, 'METHOD_NOT_ALLOWED'),
  410: refuse(410, 'GONE'),
  '429_seconds': retryAfter(() => '1'),
  '429_date': retryAfter(() => new Date(Date.now() + 2_000).toUTCString()),
  '429_forever': retryAfter(() => '999999'),
  '429_negative': retryAfter(() => '-1'),
  '429_nan': retryAfter(() => 'soon'),
  500: refuse(500, 'INTERNAL'),
  502: refuse(502, 'BAD_GATEWAY'),
  503: refuse(503, 'UNAVAILABLE'),
  504: refuse(504, 'TIMEOUT'),
  '500_html': write(({ number }) => answer(500, html(`no ${number}`), { 'content-type': 'text/html' })),
  /** Repeats the number where a careless gateway would log or forward it. */
  '400_number': write(({ number, lie }) =>
    answer(400, `{"status":400,"code":"${number}","message":"${number} is wrong",${lie.slice(1)}`),
  ),
};
