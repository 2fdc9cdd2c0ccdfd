import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { Routing } from '../src/routing/routing.js';
import { RoutingService, json, startRoutingService } from './support/routing-service.js';
import { visit } from './support/sign-in.js';
import { TestGateway, startTestGateway } from './support/test-gateway.js';
import { beginSignIn } from './support/tokens.js';

/** Documentation addresses (RFC 5737): no operator's, like a VPN's exit or a Wi-Fi's router. */
const NOBODYS = '198.51.100.7';

let portability: RoutingService;
let gateway: TestGateway;
beforeAll(async () => {
  portability = await startRoutingService(json({ networkId: '99999' }));
  gateway = await startTestGateway({ LOG_LEVEL: 'silent', NETWORK_ID_URL: portability.url });
});
afterAll(async () => {
  await gateway?.close();
  await portability?.close();
});

const idOf = (dialect: string): string => gateway.device(dialect).operator;
/** Where a device that comes from this address is sent: an operator's id, or the error on the redirect. */
async function sentTo(ip: string, loginHint?: string, headers: Record<string, string> = {}): Promise<string> {
  const { authorizeUrl } = beginSignIn(gateway.sandbox, { login_hint: loginHint });
  const { location } = await visit(authorizeUrl, ip, headers);
  return location!.searchParams.get('error') ?? location!.pathname.split('/')[1]!;
}

describe('a sign-in', () => {
  test('is sent to the operator of the address it comes from, whatever number it names', async () => {
    const { ip } = gateway.device('camara-2.1');
    const { phoneNumber } = gateway.device('camara-1.0');
    expect(await sentTo(ip, `tel:${phoneNumber}`)).toBe(idOf('camara-2.1'));
    expect(portability.asked).toEqual([]);
  });

  test('from an address of no operator ends with access_denied', async () => {
    expect(await sentTo(NOBODYS)).toBe('access_denied');
    expect(await sentTo('2001:db8::7')).toBe('access_denied');
    expect(await sentTo('unknown')).toBe('access_denied');
  });

  test('cannot choose its operator by writing addresses of its own', async () => {
    const lie = gateway.device('camara-2.1').ip;
    expect(await sentTo(`${lie}, ${NOBODYS}`)).toBe('access_denied');
    expect(await sentTo(NOBODYS, undefined, { forwarded: `for=${lie}`, 'x-real-ip': lie })).toBe(
      'access_denied',
    );
  });

  test('from an address of no operator goes by the network that its number is in today', async () => {
    const { phoneNumber } = gateway.device('camara-1.0');
    portability.answer = json({ networkId: gateway.device('camara-2.0').mccmnc });
    expect(await sentTo(NOBODYS, `tel:${phoneNumber}`)).toBe(idOf('camara-2.0'));
    expect(portability.asked.at(-1)).toMatchObject({ body: { phoneNumber } });
  });

  test('ends with access_denied, not with an error of ours, when the portability source fails', async () => {
    portability.answer = json({}, 500);
    expect(await sentTo(NOBODYS, 'tel:+99003300077')).toBe('access_denied');
  });

  test('follows a rule that an administrator writes, within three seconds', async () => {
    await gateway.app
      .get(Database)
      .pool('admin')
      .query("INSERT INTO routing_rules (operator_id, kind, cidr) VALUES ($1, 'cidr', '198.51.100.0/24')", [
        idOf('camara-2.0'),
      ]);
    let to = '';
    for (const end = Date.now() + 3_000; to !== idOf('camara-2.0') && Date.now() < end;)
      to = await sentTo(NOBODYS);
    expect(to).toBe(idOf('camara-2.0'));
    expect(await gateway.app.get(Routing).explain({ ip: NOBODYS })).toMatchObject({
      operatorId: to,
      rule: 'cidr 198.51.100.0/24 of admin',
    });
  });

  test('is counted by the rule that decided', async () => {
    const page = await (await fetch(`${gateway.managementUrl}/metrics`)).text();
    for (const labels of [
      'method="ip_cidr",result="resolved"',
      'method="network_id",result="resolved"',
      'method="default",result="none"',
    ]) {
      expect(page).toContain(`nvgw_routing_decisions_total{${labels}}`);
    }
  });
});
