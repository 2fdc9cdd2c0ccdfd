import { generateKeyPairSync } from 'node:crypto';
import { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { SignJWT } from 'jose';
import { Contender, ContenderGround } from '../../contender.js';
import { OPERATOR_TOKEN } from '../../wire.js';
import { AssembledModule } from './assembled.module.js';
import { AUDIENCE, ISSUER } from './assembled.options.js';

/** The stack a user would put together from Nest's own documentation, feature by feature. */
export async function startAssembled({ stubUrl }: ContenderGround): Promise<Contender> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const module = AssembledModule.of({
    operatorUrl: stubUrl,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
    logger: ['error', 'warn'],
  });
  await app.listen(0, '127.0.0.1');
  const token = await new SignJWT({ scope: 'number-verification:verify', operatorToken: OPERATOR_TOKEN })
    .setProtectedHeader({ alg: 'RS256' })
    .setSubject('bench')
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey);
  return {
    port: ((app.getHttpServer() as { address(): unknown }).address() as AddressInfo).port,
    bearers: () => [token],
    close: () => app.close(),
  };
}
