import { describe, expect, test } from '@jest/globals';
import { Secret } from '../contract/secret.js';
import { LogLevel, Scrubbed } from './labels.js';
import { LogFields } from './log-fields.js';
import { createLogger } from './logger.js';

function logging(level = 'debug', takes: (of: LogLevel) => boolean = () => true) {
  const lines: Record<string, unknown>[] = [];
  const scrubbed: Scrubbed[] = [];
  const dropped: LogLevel[] = [];
  const counts = {
    logScrubbed: (kind: Scrubbed) => void scrubbed.push(kind),
    logDropped: (of: LogLevel) => void dropped.push(of),
  };
  const logger = createLogger(level, counts, (line, of) => {
    if (!takes(of)) return false;
    lines.push(JSON.parse(line) as Record<string, unknown>);
    return true;
  });
  return { logger, lines, scrubbed, dropped };
}

test('a line of a form is what pino would have made of the same', () => {
  const { logger, lines, scrubbed } = logging('info');
  const alike = { event: 'http.request', route: '/verify' } as const;
  const tell = logger.form(alike, 'request "of" +99003100001');
  const fields = {
    tenant: 'tn_1',
    operator: '99003100001',
    x_correlator: 'a "b"\u2028 tel:99003100001',
    reason: 'back\\slash\n',
    status: 200,
    duration_ms: 1.5,
    upstream_ms: NaN,
    code: undefined,
    err: new TypeError('+99003100001'),
    body: 'no field',
  } as LogFields;
  tell(fields);
  tell({});
  logger.info({ ...alike, ...fields }, 'request "of" +99003100001');
  expect(lines[0]).toEqual({ ...lines[2], time: lines[0]!['time'] });
  expect(Object.keys(lines[0]!)).toEqual(Object.keys(lines[2]!));
  expect(lines[1]).toMatchObject({ level: 30, event: 'http.request', msg: 'request "of" [number]' });
  expect(scrubbed.filter((kind) => kind === 'msisdn')).toHaveLength(8);
  logger.level = 'warn';
  tell({});
  expect(lines).toHaveLength(3);
});

describe('a line', () => {
  test('has an ISO time, a level, a message, and the fields of the list', () => {
    const { logger, lines } = logging();
    logger.warn({ event: 'breaker.open', operator: 'op-1', duration_ms: 1.5 }, 'circuit breaker');
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown;
    expect(lines).toEqual([
      { level: 40, time, event: 'breaker.open', operator: 'op-1', duration_ms: 1.5, msg: 'circuit breaker' },
    ]);
  });

  test('has nothing that is not on the list, and no object where a word belongs', () => {
    const { logger, lines } = logging();
    const given = {
      body: { phoneNumber: '+99003100001' },
      headers: {},
      operator: { id: 'x' },
      reason: new Secret('s'),
    };
    logger.info(given as unknown as LogFields, 'request');
    expect(lines).toEqual([expect.objectContaining({ operator: '[redacted]', reason: '[redacted]' })]);
    expect(Object.keys(lines[0]!).sort()).toEqual(['level', 'msg', 'operator', 'reason', 'time']);
  });

  test('is scrubbed in its words, its message and its errors, which is counted', () => {
    const { logger, lines, scrubbed } = logging();
    logger.error({ reason: 'no +99003100001' }, 'about 99003100001');
    logger.error({ err: new TypeError('cannot read +99003100001') }, 'failed');
    logger.info({ operator: '99003100001', x_correlator: 'tel:99003100001' }, 'request');
    expect(JSON.stringify(lines)).not.toContain('9900310');
    expect(lines[1]).toMatchObject({
      err: { type: 'TypeError', stack: expect.stringContaining('[number]') },
    });
    expect(scrubbed).toEqual(['msisdn', 'msisdn', 'msisdn', 'msisdn', 'msisdn']);
  });

  test('of an error shows its class and stack, nothing that hangs on it', () => {
    const { logger, lines } = logging();
    const error = Object.assign(new Error('no'), { detail: 'Key (a)=(b)', config: { headers: {} } });
    logger.error(error as unknown as LogFields, 'failed');
    logger.error({ err: error } as LogFields, undefined as unknown as string);
    for (const line of lines) expect(Object.keys(line['err'] as object)).toEqual(['type', 'stack']);
    expect(lines[1]!['msg']).toBe('');
  });
});

test('the level can be changed while it is in use', () => {
  const { logger, lines } = logging('warn');
  logger.info('one');
  logger.level = 'info';
  logger.info('two');
  logger.level = 'silent';
  logger.error('three');
  expect(lines.map(({ msg }) => msg)).toEqual(['two']);
});

test('a line that is not taken is counted by its level', () => {
  const { logger, lines, dropped } = logging('debug', (of) => of === 'error');
  logger.debug('a');
  logger.info('b');
  logger.warn('c');
  logger.error('d');
  logger.fatal('e');
  expect([dropped, lines.length]).toEqual([['debug', 'info', 'warn'], 2]);
});
