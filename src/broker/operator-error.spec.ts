import { describe, expect, test } from '@jest/globals';
import { oauthShaped } from './operator-error.js';

const CIBA_POLL = new URLSearchParams({ grant_type: 'urn:openid:params:grant-type:ciba' });
const CODE = new URLSearchParams({ grant_type: 'authorization_code' });

async function shaped(status: number, body: unknown, asked: URLSearchParams = CIBA_POLL): Promise<unknown> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await oauthShaped(new Response(text, { status }), asked);
  expect(answer.status).toBe(status);
  const read = await answer.text();
  return read === text ? 'as it came' : JSON.parse(read);
}

describe('an error of an operator', () => {
  test.each([
    ['problem+json', { type: 'about:blank', title: 'Invalid', detail: 'authorization_pending' }],
    ['a number and a message', { code: 400, message: 'authorization_pending' }],
    ['another member for the code', { error_code: 'authorization_pending', text: 'secret of the operator' }],
  ])('written as %s is read, and nothing else of it kept', async (_what, body) => {
    expect(await shaped(400, body)).toEqual({ error: 'authorization_pending' });
  });

  test.each([
    [401, 'invalid_client'],
    [403, 'access_denied'],
    [404, 'unknown_user_id'],
  ])('that says nothing is read by its status %i, in CIBA alone', async (status, error) => {
    expect(await shaped(status, { title: 'No' })).toEqual({ error });
    expect(await shaped(status, '<html>', new URLSearchParams({ scope: 'x' }))).toEqual({ error });
    expect(await shaped(status, { title: 'No' }, CODE)).toBe('as it came');
  });

  test.each([
    [400, { error: 'slow_down', error_description: 'x' }],
    [400, { title: 'No' }],
    [400, '[]'],
    [400, 'null'],
    [500, { detail: 'authorization_pending' }],
  ])('%i %j stays as it came', async (status, body) => {
    expect(await shaped(status, body)).toBe('as it came');
  });
});
