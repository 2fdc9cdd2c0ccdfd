import { Injectable, OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { FastifyInstance } from 'fastify';
import { patiently } from '../database/patiently.js';
import { Operators } from '../operators/operators.js';
import { RouteParts, brokerRoutes } from './routes.js';

/** Puts the authorization server on the root of Nest's own Fastify instance, before it listens. */
@Injectable()
export class BrokerMount implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly parts: RouteParts,
  ) {}

  async onModuleInit(): Promise<void> {
    await patiently(() => this.parts.signingKeys.ensure(usesOf(this.parts.operators)));
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    void fastify.register(brokerRoutes(this.parts));
  }
}

/** Also of operators that are off: their keys must be known to them before they can be switched on. */
function usesOf(operators: Operators): `operator:${string}`[] {
  return operators
    .all()
    .filter(({ auth }) => auth.client.method === 'private_key_jwt')
    .map(({ id }) => `operator:${id}` as const);
}
