import { Dialect, Target } from '../dialects/dialect.js';
import { ClientCertificate } from './client-certificate.js';
import { Manifest } from './manifest.js';

/** An operator as the rooms see it: its manifest, resolved. Nothing in `src/` knows an operator's id. */
export interface Operator extends Target, Omit<Manifest, 'dialect' | 'apiRoot'> {
  readonly dialect: Dialect;
  /** Without trailing slash; a sandbox operator's is `<sandbox>/<id>`. */
  readonly apiRoot: string;
  /** Issuer or static endpoints, with the sandbox filled in. */
  readonly auth: Manifest['auth'];
  /** Shown to its hosts where they demand one. */
  readonly clientCertificate?: ClientCertificate | undefined;
  /** Off: why (missing secrets, sandbox not running, switched off by people at any time); its routes are not used and its calls answer 503. */
  readonly off: string | undefined;
}
