import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { until } from '../phases/until.js';
import { World } from './world.js';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const KNOWN_WITHIN_MS = 10_000;

/** A service of the partner, which may read everything at the admin API. */
export class VirtualAdmin {
  private constructor(private readonly token: string) {}

  /** @throws Error when the gateways give it no token */
  static async enrol(world: World): Promise<VirtualAdmin> {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const clientId = `service-${randomUUID()}`;
    const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }];
    await world.pool.query(
      `INSERT INTO members (id, key, kind, display_name, roles, client_id, jwks)
       VALUES ($1, $2, 'service', 'Virtual service', '{partner-admin}', $2, $3)`,
      [randomUUID(), clientId, JSON.stringify({ keys })],
    );
    const issuer = world.balancer.url;
    let token: string | undefined;
    const given = async (): Promise<boolean> => {
      const assertion = await new SignJWT({ jti: randomUUID() })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .setIssuer(clientId)
        .setSubject(clientId)
        .setAudience(`${issuer}/token`)
        .setIssuedAt()
        .setExpirationTime('60s')
        .sign(privateKey);
      const form = { grant_type: 'client_credentials', scope: 'admin:read', client_assertion: assertion };
      const body = new URLSearchParams({ ...form, client_assertion_type: ASSERTION_TYPE });
      const answer = await fetch(`${issuer}/token`, { method: 'POST', body });
      token = ((await answer.json()) as { access_token?: string }).access_token;
      return token !== undefined;
    };
    if (!(await until(given, KNOWN_WITHIN_MS, 200))) throw new Error('no token for the admin API');
    return new VirtualAdmin(token!);
  }

  /** @returns the status, once the whole answer is there. @param path below `/admin/v1/` */
  async read(at: string, path: string): Promise<number> {
    const headers = { authorization: `Bearer ${this.token}` };
    const answer = await fetch(`${at}/admin/v1/${path}`, { headers });
    await answer.arrayBuffer();
    return answer.status;
  }
}
