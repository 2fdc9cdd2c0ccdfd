import { createHash, randomInt, randomUUID } from 'node:crypto';
import { SHARE_SCOPE, VERIFY_SCOPE } from '../../src/contract/number-verification.js';
import type { SandboxInfo } from '../../src/demo/sandbox-info.js';
import { SandboxDevice } from '../../src/sandbox/devices.js';
import { bearerAssertion, bearerToken, operatorTokenOf } from './bearer.js';
import { Canaries } from './canaries.js';
import { PURPOSE, bcAuthorize, poll } from './ciba.js';
import { assertionWith, chainOf, postToken, redemption, visit } from './sign-in.js';
import { beginSignIn } from './tokens.js';

/** A device of the sandbox: its number follows from its address. */
interface Line {
  readonly device: SandboxDevice;
  readonly ip: string;
  readonly phoneNumber: string;
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Drives numbers and secrets through every flow of a running gateway; each is remembered as a canary. */
export class CanaryFlows {
  constructor(
    private readonly asp: SandboxInfo,
    private readonly canaries: Canaries,
  ) {}

  get devices(): readonly SandboxDevice[] {
    return this.asp.devices;
  }

  /** Somebody's phone at this operator. */
  line(device: SandboxDevice): Line {
    const [a, b] = device.ip.split('.');
    const [c, d] = [randomInt(1, 254), randomInt(2, 254)];
    const digits = `${b!.padStart(3, '0')}${String(c * 256 + d).padStart(5, '0')}`;
    const ip = this.canaries.address(`${a}.${b}.${c}.${d}`);
    return { device, ip, phoneNumber: this.canaries.number(`+990${digits}`) };
  }

  /** Somebody's number elsewhere. */
  stranger(): string {
    return this.canaries.number(`+4479${String(randomInt(10_000_000, 100_000_000))}`);
  }

  /** The redirects of a device; everything that travels on them is a canary. @returns our token */
  async byRedirect({ ip }: Line, extra: Record<string, string> = {}): Promise<string> {
    const scope = `openid ${PURPOSE} ${VERIFY_SCOPE} ${SHARE_SCOPE}`;
    const { verifier, authorizeUrl } = beginSignIn(this.asp, {
      scope,
      state: this.canaries.secret(),
      nonce: this.canaries.secret(),
      ...extra,
    });
    this.canaries.secret(verifier);
    const hops = await chainOf(authorizeUrl, ip, this.asp);
    for (const { location } of hops) this.remember(location);
    const code = hops.at(-1)?.location?.searchParams.get('code') ?? 'none';
    const form = await redemption(this.asp, code, verifier);
    this.canaries.secret(form['client_assertion']);
    return this.tokenOf(await postToken(this.asp, form));
  }

  async byCiba({ device, ip }: Line): Promise<string> {
    const operatorToken = this.canaries.secret(await operatorTokenOf(device, ip));
    const begun = await bcAuthorize(this.asp, {
      scope: `openid ${PURPOSE} ${VERIFY_SCOPE}`,
      login_hint: `operatortoken:${operatorToken}`,
      operator_id: device.operator,
    });
    const id = String(begun.body['auth_req_id']);
    this.canaries.secret(id);
    return this.tokenOf(await poll(this.asp, id));
  }

  async byAssertion({ device, ip }: Line): Promise<string> {
    const sub = `operatortoken:${this.canaries.secret(await operatorTokenOf(device, ip))}`;
    return this.tokenOf(await bearerToken(this.asp, { sub, mccmnc: device.mccmnc }));
  }

  verify(token: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
    return this.call('verify', token, { method: 'POST', body: JSON.stringify(body), headers });
  }

  share(token: string): Promise<Response> {
    return this.call('device-phone-number', token, {});
  }

  /** Plain, hashed, upper case, another's; shared where the dialect shares. */
  async everyCall(line: Line, spelling: number): Promise<number> {
    const token = await this.byRedirect(line);
    const bodies = [
      { phoneNumber: line.phoneNumber },
      { hashedPhoneNumber: hash(line.phoneNumber) },
      { hashedPhoneNumber: hash(line.phoneNumber).toUpperCase() },
      { phoneNumber: this.stranger() },
    ];
    const body = bodies[spelling % 5];
    return (body === undefined ? await this.share(token) : await this.verify(token, body)).status;
  }

  /** What callers do wrong, with numbers, addresses and secrets where none belong. @returns the statuses */
  async errors(line: Line): Promise<number[]> {
    const { ip, phoneNumber } = line;
    const [token, secret] = [await this.byRedirect(line), this.canaries.secret()];
    const answers = [
      await this.verify(this.canaries.secret(), { phoneNumber }),
      await this.verify(`${token.slice(0, -4)}AAAA`, { phoneNumber }),
      await this.verify(token, { phoneNumber, other: secret }),
      await this.verify(token, { phoneNumber: phoneNumber.slice(1) }),
      await this.verify(token, { phoneNumber }, { 'x-correlator': `tel:${phoneNumber.slice(1)}` }),
      await this.verify(token, { phoneNumber }, { 'x-correlator': hash(phoneNumber) }),
      await this.verify(this.canaries.secret(), {}, { 'x-correlator': secret, 'user-agent': secret }),
      await this.verify(token, { phoneNumber }, { 'x-correlator': `bad ${phoneNumber}` }),
      await fetch(`${this.asp.issuer}/people/${encodeURIComponent(phoneNumber)}?token=${secret}&ip=${ip}`),
      await fetch(`${this.asp.issuer}/%zz${phoneNumber}`),
      await fetch(`${this.asp.issuer}/number-verification/v2/verify?phoneNumber=${phoneNumber}`),
      await fetch(
        `${this.asp.issuer}/upstream/${line.device.operator}/${randomUUID()}/callback?code=${secret}&state=${secret}`,
      ),
    ];
    return answers.map(({ status }) => status);
  }

  /** Sign-ins that are refused, each for something secret. */
  async refusals(line: Line): Promise<number[]> {
    const { ip, phoneNumber, device } = line;
    const secret = (): string => this.canaries.secret();
    const { authorizeUrl } = beginSignIn(this.asp, { login_hint: `tel:${phoneNumber}`, state: secret() });
    const elsewhere = beginSignIn(this.asp, { login_hint: `ipport:${ip}:4711`, state: secret() });
    const unknown = beginSignIn(this.asp, { redirect_uri: `https://asp.example/${secret()}` });
    const magic = ip.replace(/\d+\.\d+$/, '255.1');
    const ciba = { scope: `openid ${PURPOSE} ${VERIFY_SCOPE}`, operator_id: device.operator };
    const answers = [
      await visit(authorizeUrl, '192.0.2.44'),
      await visit(elsewhere.authorizeUrl, ip),
      await visit(unknown.authorizeUrl, ip),
      ...(await chainOf(beginSignIn(this.asp, { state: secret() }).authorizeUrl, magic, this.asp)),
      await postToken(this.asp, await redemption(this.asp, secret(), secret())),
      await postToken(this.asp, {
        grant_type: 'authorization_code',
        code: secret(),
        client_secret: secret(),
      }),
      await postToken(this.asp, {
        ...(await redemption(this.asp, secret(), secret())),
        client_assertion: secret(),
      }),
      await postToken(this.asp, { grant_type: secret(), assertion: secret() }),
      await bearerToken(this.asp, { sub: `operatortoken:${secret()}`, mccmnc: device.mccmnc }),
      await bearerToken(this.asp, { sub: `tel:${phoneNumber}`, mccmnc: device.mccmnc }),
      await postToken(this.asp, {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: this.canaries.secret(await bearerAssertion(this.asp, { claims: { scope: secret() } })),
      }),
      await bcAuthorize(this.asp, { ...ciba, login_hint: `operatortoken:${secret()}` }),
      await bcAuthorize(this.asp, { ...ciba, login_hint: `tel:${phoneNumber}` }),
      await bcAuthorize(this.asp, { ...ciba, login_hint: `ipport:${ip}:4711`, binding_message: secret() }),
      await poll(this.asp, secret()),
    ];
    return answers.map(({ status }) => status);
  }

  /** @returns a token of the partner's admin for the admin API */
  async adminToken(): Promise<string> {
    const { admin, issuer } = this.asp;
    const client_assertion = await assertionWith({ issuer, application: { ...admin, redirectUri: '' } });
    const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    const form = { grant_type: 'client_credentials', scope: admin.scope, client_assertion_type };
    this.canaries.secret(client_assertion);
    return this.tokenOf(await postToken(this.asp, { ...form, client_assertion }));
  }

  private call(path: string, token: string, init: RequestInit): Promise<Response> {
    const { headers, ...rest } = init;
    const type = rest.body === undefined ? {} : { 'content-type': 'application/json' };
    return fetch(`${this.asp.issuer}/number-verification/v2/${path}`, {
      ...rest,
      headers: { authorization: `Bearer ${token}`, ...type, ...(headers as Record<string, string>) },
    });
  }

  private tokenOf({ status, body }: { status: number; body: Record<string, unknown> }): string {
    const token = body['access_token'];
    if (typeof token !== 'string') throw new Error(`${status}: ${String(body['error'])}`);
    if (typeof body['id_token'] === 'string') this.canaries.secret(body['id_token']);
    return this.canaries.secret(token);
  }

  private remember(location: URL | undefined): void {
    for (const name of ['code', 'state', 'nonce', 'code_challenge', 'request']) {
      const value = location?.searchParams.get(name);
      if (value) this.canaries.secret(value);
    }
  }
}
