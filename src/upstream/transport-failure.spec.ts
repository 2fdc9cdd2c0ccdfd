import { describe, expect, it } from '@jest/globals';
import { classify } from './transport-failure.js';

const failed = (code: string): Error => Object.assign(new Error(code), { code });

describe('a failure before a connection took the request', () => {
  it.each([
    ['ECONNREFUSED', 'operatorUnreachable', 'refused', true],
    ['EHOSTUNREACH', 'operatorUnreachable', 'refused', true],
    ['ENETUNREACH', 'operatorUnreachable', 'refused', true],
    ['ECONNRESET', 'operatorUnreachable', 'reset', true],
    ['ENOTFOUND', 'operatorUnreachable', 'dns', true],
    ['EAI_AGAIN', 'operatorUnreachable', 'dns', true],
    ['UND_ERR_CONNECT_TIMEOUT', 'operatorTimeout', 'connect_timeout', true],
    ['ETIMEDOUT', 'operatorTimeout', 'connect_timeout', true],
    ['EPROTO', 'operatorUnreachable', 'tls', true],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'operatorUnreachable', 'tls', true],
    ['CERT_HAS_EXPIRED', 'operatorUnreachable', 'tls', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'operatorUnreachable', 'tls', false],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'operatorUnreachable', 'tls', false],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'operatorUnreachable', 'tls', false],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'operatorUnreachable', 'tls', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'operatorUnreachable', 'tls', false],
    ['UND_ERR_DESTROYED', 'operatorUnreachable', 'refused', false],
  ])('by %s is %s (%s), never sent, tried again: %s', (code, problem, reason, retry) => {
    expect(classify(failed(code), 'queued')).toEqual({ problem, reason, retry, neverSent: true });
  });
});

describe('a failure after the first byte', () => {
  it.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'UND_ERR_SOCKET',
    'HPE_INVALID_CONSTANT',
    'whatever',
  ])('by %s is never tried again, and the operator may have seen the token', (code) => {
    for (const progress of ['sent', 'answering'] as const) {
      const failure = classify(failed(code), progress);
      expect(failure).toMatchObject({ problem: 'operatorUnreachable', retry: false, neverSent: false });
    }
  });
});
