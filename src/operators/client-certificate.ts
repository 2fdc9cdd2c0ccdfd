import { X509Certificate, createPrivateKey } from 'node:crypto';
import { Secret } from '../contract/secret.js';
import { OperatorFault } from './operator-config.error.js';

/** What we show an operator in the TLS handshake. */
export interface ClientCertificate {
  /** PEM; the chain behind our own certificate may follow it. */
  readonly certificate: Secret;
  /** PEM. */
  readonly key: Secret;
  readonly endsAt: Date;
}

/** Names of its secrets, as in a manifest. */
interface Named {
  readonly certificate: string;
  readonly key: string;
}

/**
 * @param file the manifest
 * @returns undefined where the operator wants none, or a secret is missing: then the operator is off
 */
export function clientCertificate(
  file: string,
  named: Named | undefined,
  secrets: ReadonlyMap<string, Secret>,
): { certificate?: ClientCertificate; faults: OperatorFault[] } {
  const certificate = named && secrets.get(named.certificate);
  const key = named && secrets.get(named.key);
  if (!named || !certificate || !key) return { faults: [] };
  const fault = (field: string, remedy: string) => ({ faults: [{ file, field: `mtls.${field}`, remedy }] });
  const read = attempt(() => new X509Certificate(certificate.reveal()));
  if (!read) return fault('certificate', `OPERATOR_SECRET_${named.certificate} must be a certificate in PEM`);
  const own = attempt(() => createPrivateKey(key.reveal()));
  if (!own)
    return fault('key', `OPERATOR_SECRET_${named.key} must be a private key in PEM, without passphrase`);
  if (!read.checkPrivateKey(own)) {
    return fault(
      'key',
      `OPERATOR_SECRET_${named.key} is not the key of OPERATOR_SECRET_${named.certificate}`,
    );
  }
  return { certificate: { certificate, key, endsAt: new Date(read.validTo) }, faults: [] };
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
