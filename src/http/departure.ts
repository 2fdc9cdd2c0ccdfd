import { ServerResponse } from 'node:http';

/**
 * A server that is about to close: it goes on answering, and with each answer asks the caller to connect elsewhere.
 * To close right away would cut connections on which the next request is already on its way.
 */
export class Departure {
  /** The class of this server's answers. */
  readonly Response: typeof ServerResponse;
  #begun = false;

  constructor() {
    const begun = (): boolean => this.#begun;
    this.Response = class<Request extends ConstructorParameters<typeof ServerResponse>[0]> extends (
      ServerResponse
    )<Request> {
      override writeHead(...head: unknown[]): this {
        // Also of requests that came before: what counts is when they are answered.
        if (begun()) this.shouldKeepAlive = false;
        return super.writeHead(...(head as Parameters<ServerResponse['writeHead']>));
      }
    };
  }

  /** From now on every answer is the last one of its connection. */
  begin(): void {
    this.#begun = true;
  }
}
