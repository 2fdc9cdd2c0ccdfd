import { SeededBug } from './seeded-bug.js';

const EXCHANGE = 'upstream/exchange.ts';

/** Mistakes on the way to operators and back. */
export const UPSTREAM_BUGS: readonly SeededBug[] = [
  {
    id: 1,
    name: 'operators are called by bare axios',
    row: 'U06',
    says: /^I1: no answer/,
    patches: [
      {
        file: EXCHANGE,
        from: `    static run(pool, request, deadlineMs, watch) {\n`,
        to: `    static async run(pool, request, deadlineMs) {
        const { default: axios } = await import('axios');
        const url = Object.getOwnPropertySymbols(pool).find(({ description }) => description === 'url');
        try {
            const { status, headers, data } = await axios.request({
                url: pool[url].origin + request.path, method: request.method, headers: request.headers,
                data: request.body, timeout: deadlineMs, responseType: 'text', transformResponse: (text) => text,
                validateStatus: () => true,
            });
            return { status, headers: { ...headers }, body: String(data ?? '') };
        } catch (error) {
            throw toProblem(error.code === 'ECONNABORTED' ? expired('sent') : classify(error, 'sent'), error);
        }
    }
    static runAsBefore(pool, request, deadlineMs, watch) {\n`,
      },
    ],
  },
  {
    id: 2,
    name: 'one AbortController for all calls to an operator',
    row: 'U03',
    says: /answered before the deadline|an honest answer became/,
    patches: [
      {
        file: EXCHANGE,
        from: `export class Exchange {\n`,
        to: `const LIVE = new Set();\nexport class Exchange {\n`,
      },
      {
        file: EXCHANGE,
        from: `setTimeout(Exchange.onDeadline, deadlineMs, this);\n`,
        to: `setTimeout(Exchange.onDeadline, deadlineMs, this);\n        LIVE.add(this);\n`,
      },
      {
        file: EXCHANGE,
        from: `        clearTimeout(this.timer);\n`,
        to: `        clearTimeout(this.timer);\n        LIVE.delete(this);\n`,
      },
      {
        file: EXCHANGE,
        from: `        exchange.fail(expired(exchange.progress));\n`,
        to: `        for (const one of [...LIVE]) if (one.pool === exchange.pool) one.fail(expired(one.progress));\n`,
      },
    ],
  },
  {
    id: 3,
    name: 'a call is repeated after a reset',
    row: 'U08',
    says: /^I5:/,
    patches: [
      {
        file: EXCHANGE,
        from: `        const failure = classify(error, this.progress);\n`,
        to: `        if (!this.retried && this.progress === 'sent') {
            this.retried = true;
            this.progress = 'queued';
            setImmediate(() => this.settled || this.pool.dispatch(this.request, this));
            return;
        }
        const failure = classify(error, this.progress);\n`,
      },
    ],
  },
  {
    id: 6,
    name: 'what cannot be parsed is false',
    row: 'U16',
    says: /^I3:/,
    patches: [
      {
        file: 'dialects/payload.ts',
        from: `        throw broken('JSON');\n`,
        to: `        return { devicePhoneNumberVerified: false };\n`,
      },
    ],
  },
  {
    id: 7,
    name: 'redirects are followed',
    row: 'U21',
    says: /^I3:|visits to the inner host/,
    patches: [
      {
        file: EXCHANGE,
        from: `        const whole = `,
        to: `        if (this.status >= 300 && this.status < 400 && this.headers.location !== undefined) {
            const { headers, method, body } = this.request;
            fetch(this.headers.location, { method, headers, body: body ?? undefined })
                .then(async (answer) => this.resolve({
                status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text(),
            }))
                .catch((error) => this.reject(toProblem(classify(error, 'sent'), error)));
            return;
        }
        const whole = `,
      },
    ],
  },
  {
    id: 10,
    name: 'proofs for operators name several audiences',
    row: 'C35',
    says: /was shown a proof for/,
    patches: [
      {
        file: 'broker/client-authentication/private-key-jwt.ts',
        from: `claims['aud'] = audience === 'issuer' ? server.issuer : endpointOf(server, body);`,
        to: `claims['aud'] = [server.issuer, endpointOf(server, body), audience];`,
      },
    ],
  },
];
