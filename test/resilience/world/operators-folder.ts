import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { DEADLINE_MS, MAX_IN_FLIGHT, VIRTUAL_OPERATORS, VirtualOperator } from '../virtual-operators.js';

/**
 * Writes a manifest per virtual operator. They are `live`, over https: the gateways run as in production, with no
 * exception made for tests.
 * @param ports by operator id
 */
export function writeOperators(folder: string, ports: Readonly<Record<string, number>>): void {
  for (const [index, operator] of VIRTUAL_OPERATORS.entries()) {
    mkdirSync(join(folder, operator.id), { recursive: true });
    const text = stringify(manifestOf(operator, index, ports[operator.id]));
    writeFileSync(join(folder, operator.id, 'operator.yaml'), text);
  }
}

function manifestOf(operator: VirtualOperator, index: number, port: number | undefined): object {
  // RFC 6761: `.invalid` resolves nowhere.
  const root = operator.nowhere ? 'https://operator.invalid' : `https://localhost:${port}`;
  return {
    id: operator.id,
    name: `Virtual operator ${operator.id}`,
    dialect: operator.dialect,
    lifecycle: 'live',
    // They run on this machine.
    privateInterconnect: true,
    apiRoot: root,
    basePath: operator.basePath,
    networks: [`999${String(index + 1).padStart(2, '0')}`],
    routes: { cidrs: [`10.${index + 1}.0.0/16`] },
    auth: {
      endpoints: {
        authorization: `${root}/authorize`,
        token: `${root}/token`,
        backchannel: `${root}/bc-authorize`,
      },
      flows: ['authorization_code', 'ciba', 'jwt_bearer'],
      client: { method: 'private_key_jwt' },
      openid: false,
      idToken: false,
      pkce: false,
      nonce: false,
    },
    capabilities: { share: operator.share },
    limits: { timeoutMs: DEADLINE_MS, maxInFlight: MAX_IN_FLIGHT },
  };
}
