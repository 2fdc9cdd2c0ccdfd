import { describe, expect, test } from '@jest/globals';
import { ArgumentsHost } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { createLogger } from '../telemetry/logger.js';
import { RefusalFilter } from './refusal.filter.js';

/** What the caller is answered when this is thrown. */
function answerTo(error: unknown): { status: number; code: string; retryAfter: string | undefined } {
  const headers: Record<string, string> = {};
  let status = 0;
  let body: Uint8Array = Buffer.of();
  const reply = {
    header(name: string, value: string) {
      headers[name] = value;
      return this;
    },
    code(given: number) {
      status = given;
      return this;
    },
    send(given: Uint8Array) {
      body = given;
    },
  };
  const http = { getResponse: () => reply, getRequest: () => ({}) };
  const host = { switchToHttp: () => http } as unknown as ArgumentsHost;
  const filter = new RefusalFilter(createLogger('silent'));
  filter.catch(error, host); // oxlint-disable-line promise/valid-params, promise/no-promise-in-callback -- Nest's name for it
  const { code } = JSON.parse(Buffer.from(body).toString()) as { code: string };
  return { status, code, retryAfter: headers['retry-after'] };
}

const ofPostgres = (code: string): Error =>
  new QueryFailedError('UPDATE', [], Object.assign(new Error('said the server'), { code }));
const ofTheWay = (message: string, code?: string): Error => Object.assign(new Error(message), { code });

describe('what the database says', () => {
  test.each(['40001', '40P01', '55P03'])('D10: what collided three times is 409 ABORTED (%s)', (code) => {
    expect(answerTo(ofPostgres(code))).toEqual({ status: 409, code: 'ABORTED', retryAfter: '1' });
  });

  test.each([
    ofPostgres('57P01'),
    ofPostgres('53300'),
    ofPostgres('53100'),
    ofPostgres('25006'),
    ofTheWay('connect ECONNREFUSED 127.0.0.1:5432', 'ECONNREFUSED'),
    ofTheWay('Query read timeout'),
    ofTheWay('timeout exceeded when trying to connect'),
    ofTheWay('Connection terminated unexpectedly'),
  ])('a Postgres that is away is 503 with Retry-After: %s', (error) => {
    expect(answerTo(error)).toEqual({ status: 503, code: 'UNAVAILABLE', retryAfter: '1' });
  });

  test('a name that is taken is 409 ALREADY_EXISTS', () => {
    expect(answerTo(ofPostgres('23505'))).toMatchObject({ status: 409, code: 'ALREADY_EXISTS' });
  });
});
