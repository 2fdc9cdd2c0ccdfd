import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { KoaContextWithOIDC, Provider, errors } from 'oidc-provider';
import { ClientAddresses } from '../routing/client-address.js';
import { Metrics } from '../telemetry/metrics.js';
import { Tenants } from '../tenants/tenants.js';
import { ApplicationKeys } from './application-keys.js';
import { basicCredentials } from './basic-credentials.js';
import { requireClientAssertion } from './client-assertion.js';
import { ClientSecrets, SecretsAllowed, TooManyGuesses, WrongSecret } from './client-secrets.js';
import { bodyOf, rewind } from './form-body.js';
import { stateOf } from './request-state.js';

/** A request that says nothing of who sends it. */
class NoProof extends errors.InvalidClientAuth {}

/**
 * How clients prove themselves, before the library judges it: keys by signatures that it verifies itself; secrets,
 * of which only a hash is kept, by us. Of a proven secret it is shown a word of this process instead, which holds
 * within that one request only.
 */
@Injectable()
export class ClientProofs {
  private readonly word = randomBytes(32).toString('base64url');

  constructor(
    private readonly tenants: Tenants,
    private readonly keys: ApplicationKeys,
    private readonly secrets: ClientSecrets,
    private readonly addresses: ClientAddresses,
    private readonly metrics: Metrics,
  ) {}

  get secretsAllowed(): SecretsAllowed {
    return this.secrets.allowed;
  }

  /**
   * Client authentication is never optional (ICM r4.2, appendix A).
   * @throws InvalidClientAuth | InvalidRequest | TooManyGuesses
   */
  async take(ctx: KoaContextWithOIDC): Promise<void> {
    try {
      await this.read(ctx);
    } catch (error) {
      if (error instanceof TooManyGuesses) this.metrics.limits.decided('token', 'deny', 'memory');
      else if (error instanceof NoProof) this.metrics.credentials.refused('auth', 'missing');
      else if (error instanceof WrongSecret) this.metrics.credentials.refused('auth', 'bad_secret');
      else this.metrics.credentials.refused('auth', 'malformed');
      throw error;
    }
  }

  /** The library refuses what it has verified by itself. @param reason of its own, for logs */
  refusedByLibrary(reason: string | undefined): void {
    const unknown = reason === 'client not found' || reason === 'client is invalid';
    this.metrics.credentials.refused('auth', unknown ? 'unknown_client' : 'bad_signature');
  }

  private async read(ctx: KoaContextWithOIDC): Promise<void> {
    const body = bodyOf(ctx.req);
    const form = new URLSearchParams(body);
    if (form.has('client_assertion')) {
      requireClientAssertion(body);
      // Of two the library refuses both.
      if (form.getAll('client_assertion').length === 1) await this.readAfresh(form.get('client_assertion')!);
    } else if (this.secrets.allowed === 'off' || !this.takeSecret(ctx, form)) {
      throw new NoProof('no client authentication');
    }
  }

  /** @returns the word, when the client of the request at hand has proved itself by a secret */
  wordFor(clientId: string): string | undefined {
    const { ctx } = Provider;
    const proven = ctx && stateOf(ctx).provenBySecret;
    return proven === clientId ? this.word : undefined;
  }

  /** The library has verified an assertion: by which key? @throws InvalidClientAuth when that one is gone meanwhile */
  async noteAssertion(ctx: KoaContextWithOIDC, clientId: string): Promise<void> {
    const application = this.tenants.application(clientId);
    const assertion = ctx.oidc.params?.['client_assertion'];
    if (!application || typeof assertion !== 'string') return;
    try {
      stateOf(ctx).proof = await this.keys.proofOf(application, assertion);
    } catch (cause) {
      throw new errors.InvalidClientAuth({ cause });
    }
  }

  /** The library reads keys by no kid: those that are published elsewhere must be there before it looks. */
  private async readAfresh(assertion: string): Promise<void> {
    const application = this.tenants.application(decodeJwt(assertion).sub ?? '');
    if (application) await this.keys.of(application, decodeProtectedHeader(assertion).kid);
  }

  /** @returns false when there is none */
  private takeSecret(ctx: KoaContextWithOIDC, form: URLSearchParams): boolean {
    const basic = basicCredentials(ctx.get('authorization'));
    if (!basic && ctx.get('authorization') !== '') return false;
    const given = basic ?? { clientId: form.get('client_id'), secret: form.get('client_secret') };
    if (!given.clientId || !given.secret) return false;
    const others = [form.getAll('client_secret').length, form.getAll('client_id').length];
    if (basic ? others[0]! > 0 || others[1]! > 1 : others.some((count) => count > 1)) {
      throw new errors.InvalidRequest('one client authentication is required');
    }
    if ((form.get('client_id') ?? given.clientId) !== given.clientId) {
      throw new errors.InvalidRequest('client_id mismatch');
    }
    const address = this.addresses.of(ctx.req)?.ip ?? 'unknown';
    const proof = this.secrets.require({ clientId: given.clientId, address }, given.secret);
    Object.assign(stateOf(ctx), { proof, provenBySecret: given.clientId });
    delete ctx.req.headers.authorization;
    form.set('client_id', given.clientId);
    form.set('client_secret', this.word);
    rewind(ctx.req, Buffer.from(form.toString()));
    return true;
  }
}
