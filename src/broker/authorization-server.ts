import { EventEmitter } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { InteractionResults, Provider } from 'oidc-provider';
import { Inject, Injectable } from '@nestjs/common';
import { ISSUER } from '../contract/issuer.js';
import { SigningKeys } from '../grants/signing-keys.js';
import { currentCall, noteCall } from '../telemetry/call-trace.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { AUTHORIZE_PATH } from './paths.js';
import { ProviderParts, createProvider } from './provider.js';
import { UpstreamResult } from './token-rules.js';

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

interface Built {
  readonly kid: string;
  readonly provider: Provider;
  readonly handle: Handle;
}

/** The library as an HTTP endpoint, reached only under our own name, whatever host a request claims. */
@Injectable()
export class AuthorizationServer {
  private readonly resumed = new WeakSet<IncomingMessage>();
  private readonly here: URL;
  private built: Built | undefined;

  constructor(
    @Inject(ISSUER) private readonly issuer: string,
    private readonly signingKeys: SigningKeys,
    private readonly parts: ProviderParts,
    private readonly metrics: Metrics,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.here = new URL(issuer);
  }

  /** @param path with query, below our issuer; as we know it, not as a stranger may have spelled it */
  async enter(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    // The library builds the audiences it accepts from the Host header: a stranger's would widen them.
    request.headers.host = this.here.host;
    request.headers['x-forwarded-proto'] = this.here.protocol.slice(0, -1);
    delete request.headers['x-forwarded-host'];
    Object.assign(request, { originalUrl: path, url: path });
    await this.current().handle(request, response);
  }

  /**
   * Ends an interaction and answers the device, in the request that the operator sent it back with: no cookie,
   * no further hop.
   * @returns false when the interaction is gone
   */
  async resume(
    request: IncomingMessage,
    response: ServerResponse,
    interactionUid: string,
    result: InteractionResults & { upstream: UpstreamResult },
  ): Promise<boolean> {
    const { provider } = this.current();
    const interaction = await provider.Interaction.find(interactionUid);
    if (!interaction) return false;
    interaction.result = result;
    await interaction.persist();
    // The library finds the interaction by this cookie; no browser has ever seen it.
    request.headers.cookie = `${provider.cookieName('resume')}=${interactionUid}`;
    this.resumed.add(request);
    await this.enter(request, response, `${AUTHORIZE_PATH}/${interactionUid}`);
    return true;
  }

  /** Built anew when our signing key has rotated: all state is in Postgres. */
  private current(): Built {
    const { kid } = this.signingKeys.current('oidc');
    if (this.built?.kid === kid) return this.built;
    const { keys } = this.signingKeys.privateJwks('oidc');
    const provider = createProvider(this.issuer, keys, this.parts, this.resumed);
    this.observe(provider);
    this.built = { kid, provider, handle: provider.callback() };
    return this.built;
  }

  private observe(provider: Provider): void {
    provider.on('authorization.error', (ctx, error) => {
      const upstream = ctx.oidc.entities.Interaction?.result?.['upstream'] as UpstreamResult | undefined;
      this.metrics.broker.authorizationFailed(upstream?.operatorId ?? 'none', error.message);
      // On a redirect no status tells; what has a blame already was refused by us, not by the library.
      if (currentCall()?.blame === undefined) noteCall({ code: error.message, blame: 'client' });
    });
    for (const event of ['grant.error', 'backchannel_authentication.error'] as const) {
      (provider as EventEmitter).on(
        event,
        (_ctx: unknown, error: { error?: string; error_detail?: string }) => {
          if (error.error === 'invalid_client') this.parts.proofs.refusedByLibrary(error.error_detail);
        },
      );
    }
    const failed = (error: Error): void => {
      // Its text may quote what was sent to us; its place does not.
      const detail = error.stack?.split('\n').filter((line) => line.startsWith('    at '));
      this.logger.error(
        { reason: error.name, detail: detail?.join('\n') },
        'the authorization server failed',
      );
    };
    provider.on('server_error', (_ctx, error) => {
      noteCall({ blame: 'gateway' });
      failed(error);
    });
    (provider as EventEmitter).on('error', failed);
  }
}
