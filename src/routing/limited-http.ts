import { HttpService } from '@nestjs/axios';
import { Agent } from 'node:https';
import { firstValueFrom } from 'rxjs';
import { z } from 'zod';
import { Secret } from '../contract/secret.js';
import { Lookup, LookupFailed, type FailureReason } from './lookup.js';
import { ServiceTokens } from './service-tokens.js';

/** Requests in flight to one origin; a slow service must not collect the sign-ins that wait for it. */
const MAX_IN_FLIGHT = 32;

const ABSENT = new Set([404, 422]);

/**
 * The way to the routing services of operators (rare calls, never those of the hot path): no redirects, no proxy
 * of the environment, no decompression, a deadline that covers a dripping body, a bounded body, a schema.
 */
export class LimitedHttp {
  private readonly inFlight = new Map<string, number>();
  /** Said aloud, so that NODE_TLS_REJECT_UNAUTHORIZED=0 cannot switch it off. */
  private readonly httpsAgent = new Agent({
    keepAlive: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
  });

  private readonly tokens: ServiceTokens;

  /** @param clock milliseconds since the epoch */
  constructor(
    private readonly http: HttpService,
    clock?: () => number,
  ) {
    this.tokens = new ServiceTokens((lookup, schema) => this.ask(lookup, schema), clock);
  }

  /**
   * A token of ours that the service no longer takes is replaced, once.
   * @returns what the schema reads from a 200; undefined for 404 and 422, by which these services say "unknown"
   * @throws LookupFailed for everything else
   */
  async read<S extends z.ZodType>(lookup: Lookup, schema: S): Promise<z.output<S> | undefined> {
    const { client, deadlineMs } = lookup;
    if (!client) return this.ask(lookup, schema);
    const endsAt = performance.now() + deadlineMs;
    const askAs = (token: Secret): Promise<z.output<S> | undefined> =>
      this.ask({ ...lookup, token, deadlineMs: Math.max(1, Math.ceil(endsAt - performance.now())) }, schema);
    const token = await this.tokens.of(client);
    try {
      return await askAs(token);
    } catch (error) {
      if (!(error instanceof LookupFailed && error.reason === 'unauthorized')) throw error;
      await this.tokens.drop(client, token);
      return askAs(await this.tokens.of(client));
    }
  }

  private async ask<S extends z.ZodType>(lookup: Lookup, schema: S): Promise<z.output<S> | undefined> {
    const { origin } = new URL(lookup.url);
    const before = this.inFlight.get(origin) ?? 0;
    if (before >= MAX_IN_FLIGHT) throw new LookupFailed('busy');
    this.inFlight.set(origin, before + 1);
    try {
      const { status, data } = await this.send(lookup);
      if (ABSENT.has(status)) return undefined;
      if (status >= 300 && status < 400) throw new LookupFailed('redirected');
      if (status === 401) throw new LookupFailed('unauthorized');
      if (status !== 200) throw new LookupFailed('status');
      return parse(data, schema);
    } finally {
      this.inFlight.set(origin, this.inFlight.get(origin)! - 1);
    }
  }

  private async send(lookup: Lookup): Promise<{ status: number; data: string }> {
    const deadline = AbortSignal.timeout(lookup.deadlineMs);
    const body = bodyOf(lookup);
    try {
      const request = this.http.request<string>({
        url: lookup.url,
        method: body ? 'POST' : 'GET',
        ...(body && { data: body.text }),
        headers: {
          accept: 'application/json',
          'accept-encoding': 'identity',
          ...(body && { 'content-type': body.type }),
          ...(lookup.basic && { authorization: `Basic ${lookup.basic.reveal()}` }),
          ...(lookup.token && { authorization: `Bearer ${lookup.token.reveal()}` }),
        },
        signal: lookup.signal ? AbortSignal.any([deadline, lookup.signal]) : deadline,
        timeout: lookup.deadlineMs,
        maxContentLength: lookup.maxBytes,
        maxRedirects: 0,
        proxy: false,
        decompress: false,
        responseType: 'text',
        validateStatus: () => true,
        httpsAgent: this.httpsAgent,
      });
      return await firstValueFrom(request);
    } catch (error) {
      throw new LookupFailed(deadline.aborted ? 'timeout' : reasonOf(error));
    }
  }
}

function bodyOf({ body, form }: Lookup): { text: string; type: string } | undefined {
  if (form) return { text: form.toString(), type: 'application/x-www-form-urlencoded' };
  return body && { text: JSON.stringify(body), type: 'application/json' };
}

function parse<S extends z.ZodType>(text: string, schema: S): z.output<S> {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new LookupFailed('garbage');
  }
}

/** axios has no code of its own for a body over the limit. */
function reasonOf(error: unknown): FailureReason {
  const { code, message } = error as { code?: string; message?: string };
  if (code === 'ECONNABORTED' || code === 'ETIMEDOUT') return 'timeout';
  return message?.startsWith('maxContentLength') ? 'too_large' : 'unreachable';
}
