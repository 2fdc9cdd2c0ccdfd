import { once } from 'node:events';
import { AddressInfo } from 'node:net';
import { Server, TLSSocket, createServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { OperatorDirectory, liveManifest } from '../../test/support/operator-directory.js';
import { jsonAnswer } from '../../test/support/raw-operator.js';
import { selfSignedCertificate } from '../../test/support/self-signed-certificate.js';
import { Metrics } from '../telemetry/metrics.js';
import { Connections } from './connections.js';
import { HostNames } from './host-names.js';

const OURS = selfSignedCertificate('gateway.example');
const STRANGERS = selfSignedCertificate('stranger.example');
const THEIRS = selfSignedCertificate('localhost');
const named = liveManifest({ mtls: { certificate: 'ONE_CERT', key: 'ONE_KEY' }, privateInterconnect: true });
const SECRETS = { ONE: 's', ONE_CERT: OURS.cert, ONE_KEY: OURS.key };

let directory: OperatorDirectory;
beforeEach(() => {
  directory = new OperatorDirectory();
});
afterEach(() => directory[Symbol.dispose]());

describe('an operator that demands a client certificate', () => {
  let server: Server;
  let shown: string[];
  const known = getCACertificates();

  /** It believes our certificate only. Ours believes its, which stands for a known authority. */
  beforeEach(async () => {
    shown = [];
    setDefaultCACertificates([...known, THEIRS.cert]);
    const trust = { requestCert: true, rejectUnauthorized: true, ca: [OURS.cert] };
    server = createServer({ ...THEIRS, ...trust }, (socket: TLSSocket) => {
      shown.push(String(socket.getPeerCertificate().subject.CN));
      socket.on('error', () => undefined);
      socket.on('data', () => socket.end(jsonAnswer('{"yes":true}')));
    });
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.close();
    setDefaultCACertificates(known);
  });

  async function ask(secrets: Record<string, string>, manifest: object = named): Promise<string> {
    const { port } = server.address() as AddressInfo;
    directory.write('one', { ...manifest, apiRoot: `https://localhost:${port}` });
    const operator = directory.load(secrets).get('one')!;
    const connections = new Connections(operator, new HostNames());
    try {
      const { pool } = connections.api();
      const { statusCode } = await pool.request({ method: 'GET', path: '/' });
      return String(statusCode);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? 'failed';
    } finally {
      await connections.close();
    }
  }

  test('is shown the one that its manifest names, in the handshake with each of its hosts', async () => {
    expect(await ask(SECRETS)).toBe('200');
    expect(shown).toEqual(['gateway.example']);
  });

  test('hears nothing from us without it', async () => {
    expect(await ask({ ONE: 's' }, liveManifest({ privateInterconnect: true }))).not.toBe('200');
    expect(shown).toEqual([]);
  });
});

describe('its secrets', () => {
  const fault = (secrets: Record<string, string>): string => {
    directory.write('one', named);
    try {
      return directory.load(secrets).get('one')!.off ?? 'on';
    } catch (error) {
      return (error as Error).message;
    }
  };

  test('put the operator off when one is missing', () => {
    expect(fault({ ONE: 's', ONE_CERT: OURS.cert })).toBe('OPERATOR_SECRET_ONE_KEY is not set');
    expect(fault(SECRETS)).toBe('on');
  });

  test.each([
    ['no certificate', { ...SECRETS, ONE_CERT: 'x' }, 'mtls.certificate: OPERATOR_SECRET_ONE_CERT must be'],
    ['no key', { ...SECRETS, ONE_KEY: 'x' }, 'mtls.key: OPERATOR_SECRET_ONE_KEY must be'],
    [
      'of two pairs',
      { ...SECRETS, ONE_KEY: STRANGERS.key },
      'mtls.key: OPERATOR_SECRET_ONE_KEY is not the key of',
    ],
  ])('stop the start when they are %s, and are not shown', (_what, secrets, message) => {
    const said = fault(secrets);
    expect(said).toContain(message);
    expect(said).not.toMatch(/BEGIN|MI[A-Za-z0-9+/]{8}/);
  });

  test('are no part of what an operator prints', () => {
    directory.write('one', named);
    expect(JSON.stringify(directory.load(SECRETS).get('one'))).not.toContain('PRIVATE');
  });
});

test('the end of the certificate is a metric', async () => {
  directory.write('one', named);
  const { endsAt } = directory.load(SECRETS).get('one')!.clientCertificate!;
  const metrics = new Metrics();
  metrics.credentials.ends('one', 'mtls', endsAt);
  const line = (await metrics.renderPlain())
    .split('\n')
    .find((one) => one.includes('credential_expiry') && one.includes('mtls'));
  const leftSeconds = Number(line?.split(' ')[1]) - Date.now() / 1000;
  expect(Math.round(leftSeconds / 3600)).toBe(24);
});
