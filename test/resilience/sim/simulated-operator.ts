import { Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { Random } from '../random.js';
import { operatorToken } from '../truth.js';
import { DEADLINE_MS, VirtualOperator } from '../virtual-operators.js';
import { Victim } from './fault.js';
import { FaultOrder, FaultPlan, requestFault } from './fault-plan.js';
import { Understood, understand } from './honest.js';
import { answer, errorInfo, RawRequest, readRequest } from './http-bytes.js';
import { Certificates, Listener } from './listener.js';
import { SimRecord } from './sim-record.js';

export interface OperatorGround {
  readonly operator: VirtualOperator;
  readonly seed: string;
  readonly certificates: Certificates;
  readonly internalUrl: string;
  record(record: SimRecord): void;
}

/** One virtual operator: honest, unless its plan says otherwise. */
export class SimulatedOperator {
  readonly listener: Listener;
  private readonly plan = new FaultPlan();
  private readonly random: Random;
  private healer: NodeJS.Timeout | undefined;

  constructor(
    private readonly ground: OperatorGround,
    private readonly spent: Set<string>,
  ) {
    this.random = new Random(`${ground.seed}/${ground.operator.id}`);
    this.listener = new Listener(ground.certificates, (stream, tcp) => this.converse(stream, tcp));
  }

  /** Resolves when the fault, or its end, is in force. */
  async order(order: FaultOrder): Promise<void> {
    clearTimeout(this.healer);
    this.plan.set(order);
    await this.listener.become(this.plan.connection);
    if (order.until === undefined || order.fault === 'none') return;
    const heal = (): void => void this.listener.become(this.plan.connection);
    this.healer = setTimeout(heal, Math.max(0, order.until - Date.now()) + 1);
  }

  private converse(stream: Socket, tcp: Socket): void {
    let pending: Buffer = Buffer.alloc(0);
    const timers = new Set<NodeJS.Timeout>();
    stream.once('close', () => {
      for (const timer of timers) clearTimeout(timer);
    });
    stream.on('data', (chunk: Buffer) => {
      pending = pending.length > 0 ? Buffer.concat([pending, chunk]) : chunk;
      for (let read = readRequest(pending); read; read = readRequest(pending)) {
        pending = read.rest;
        this.answer(read.request, stream, tcp, timers);
      }
    });
  }

  private answer(request: RawRequest, stream: Socket, tcp: Socket, timers: Set<NodeJS.Timeout>): void {
    const { operator, seed } = this.ground;
    if (request.path.startsWith('/token')) return this.answerToken(request, stream, tcp, timers);
    if (request.path.startsWith('/authorize')) return void stream.write(authorized(request));
    if (request.path.startsWith('/bc-authorize')) return void stream.write(answer(200, begun()));
    const call = understand(operator, seed, request);
    if (!call) {
      this.note('other', '', '', '400', false);
      stream.write(errorInfo(400, 'INVALID_ARGUMENT'));
      return;
    }
    const again = this.spent.has(call.truth.jti);
    this.spent.add(call.truth.jti);
    const fault = again ? undefined : this.plan.draw(call.endpoint);
    this.note(call.endpoint, call.truth.jti, fault ?? '', again ? '401' : call.verdict, again);
    if (again) stream.write(errorInfo(401, 'UNAUTHENTICATED'));
    else if (fault === undefined) stream.write(answer(200, call.body));
    else requestFault(fault)!(this.victim(call, stream, tcp, timers));
  }

  /** Any code buys a token: what a sign-in proves is not this simulator's business. */
  private answerToken(
    { body: form }: RawRequest,
    stream: Socket,
    tcp: Socket,
    timers: Set<NodeJS.Timeout>,
  ): void {
    const jti = `signed-in-${randomUUID()}`;
    const token = {
      access_token: operatorToken(this.ground.seed, jti),
      token_type: 'Bearer',
      expires_in: 300,
    };
    const fault = this.plan.draw('token');
    this.note('token', '', fault ?? '', '200', false, proofIn(form));
    const body = JSON.stringify(token);
    if (fault === undefined) return void stream.write(answer(200, body));
    const call = { endpoint: 'token' as const, truth: { jti, number: '' }, verdict: '', body, lie: body };
    requestFault(fault)!(this.victim(call, stream, tcp, timers));
  }

  private victim(call: Understood, stream: Socket, tcp: Socket, timers: Set<NodeJS.Timeout>): Victim {
    return {
      stream,
      tcp,
      endpoint: call.endpoint,
      truth: call.body,
      lie: call.lie,
      number: call.truth.number,
      random: this.random,
      internalUrl: this.ground.internalUrl,
      ownUrl: `https://localhost:${this.listener.port}${this.ground.operator.basePath}/verify`,
      deadlineMs: DEADLINE_MS,
      every: (ms, then) => void timers.add(setInterval(then, ms)),
      after: (ms, then) => void timers.add(setTimeout(then, ms)),
    };
  }

  private note(
    endpoint: SimRecord['endpoint'],
    jti: string,
    fault: string,
    verdict: string,
    again: boolean,
    proof?: SimRecord['proof'],
  ): void {
    const operatorId = this.ground.operator.id;
    this.ground.record({ at: Date.now(), operatorId, endpoint, jti, fault, verdict, again, proof });
  }
}

/** A backchannel request is granted at the first poll: the token endpoint asks nobody. */
function begun(): string {
  return JSON.stringify({ auth_req_id: randomUUID(), expires_in: 120, interval: 2 });
}

/** What the gateway's client assertion says; nothing is verified here. */
function proofIn(form: string): SimRecord['proof'] {
  const parts = new URLSearchParams(form).get('client_assertion')?.split('.') ?? [];
  const [header, claims] = parts.slice(0, 2).map((part) => {
    const text = Buffer.from(part, 'base64url').toString();
    return JSON.parse(text) as Record<string, unknown>;
  });
  return header && claims && { aud: claims['aud'], kid: header['kid'] };
}

/** The device is always recognised, and sent back with a code. */
function authorized({ path }: RawRequest): string {
  const asked = new URL(path, 'https://operator.invalid').searchParams;
  const back = new URL(asked.get('redirect_uri') ?? 'https://nowhere.invalid');
  back.searchParams.set('code', randomUUID());
  const state = asked.get('state');
  if (state !== null) back.searchParams.set('state', state);
  return answer(302, '', { location: back.href });
}
