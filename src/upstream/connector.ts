import { LookupAddress } from 'node:dns';
import { LookupFunction, isIP } from 'node:net';
import { buildConnector } from 'undici';
import { Operator } from '../operators/operator.js';
import { HostNames } from './host-names.js';
import { Reach, isWithin, reachOf } from './reach.js';

/** As the metric's reason is found by. */
export const OUT_OF_REACH = 'ERR_OUT_OF_REACH';

/**
 * Connects to an operator. An address where no operator can be is refused before anything is sent to it, whatever its
 * name resolves to by then: the address that was looked at is the one that is connected to.
 */
export function connectorFor(operator: Operator, names: HostNames): buildConnector.connector {
  const reach = reachOf(operator);
  const { clientCertificate } = operator;
  const connect = buildConnector({
    timeout: operator.limits.connectTimeoutMs,
    allowH2: false,
    minVersion: 'TLSv1.2',
    // Said aloud, so that NODE_TLS_REJECT_UNAUTHORIZED=0 cannot switch it off.
    rejectUnauthorized: true,
    lookup: within(reach, names.lookup),
    ...(clientCertificate && {
      cert: clientCertificate.certificate.reveal(),
      key: clientCertificate.key.reveal(),
    }),
  });
  if (reach === 'any') return connect;
  return (to, done) => {
    const host = to.hostname.replace(/^\[|\]$/g, '');
    // An address that is written as one is not looked up.
    if (isIP(host) !== 0 && !isWithin(reach, host)) return done(outOfReach(), null);
    connect(to, (error, socket) => {
      if (error || !socket) return done(error ?? outOfReach(), null);
      if (isWithin(reach, socket.remoteAddress ?? '')) return done(null, socket);
      socket.destroy();
      done(outOfReach(), null);
    });
  };
}

/** One address out of reach condemns the name: who points there means no good. */
function within(reach: Reach, lookup: LookupFunction): LookupFunction {
  if (reach === 'any') return lookup;
  return (name, options, done) => {
    lookup(name, { ...options, all: true }, (error, found) => {
      if (error) return done(error, []);
      const addresses = found as LookupAddress[];
      if (!addresses.every(({ address }) => isWithin(reach, address))) return done(outOfReach(), []);
      if (options.all) return done(null, addresses);
      done(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}

function outOfReach(): NodeJS.ErrnoException {
  return Object.assign(new Error('no operator is at this address'), { code: OUT_OF_REACH });
}
