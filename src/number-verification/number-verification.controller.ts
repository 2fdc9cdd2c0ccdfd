import { Controller, Get, Header, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Call } from './call.js';
import { NumberVerificationService } from './number-verification.service.js';
import { DescribeShare, DescribeVerify } from './openapi.js';
import { Outcomes } from './outcomes.js';

/** Bytes, because Fastify would add a charset to the type of a string. */
const MATCH = Buffer.from('{"devicePhoneNumberVerified":true}');
const NO_MATCH = Buffer.from('{"devicePhoneNumberVerified":false}');

/** CAMARA Number Verification 2.1.1. */
@Controller('number-verification/v2')
export class NumberVerificationController {
  constructor(
    private readonly service: NumberVerificationService,
    private readonly outcomes: Outcomes,
  ) {}

  @Post('verify')
  @HttpCode(200)
  @Header('content-type', 'application/json')
  @DescribeVerify()
  async verify(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    const call = new Call(request, reply);
    const matches = await this.outcomes.watch('verify', call, this.service.verify(call));
    return matches ? MATCH : NO_MATCH;
  }

  @Get('device-phone-number')
  @Header('content-type', 'application/json')
  @DescribeShare()
  async share(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    const call = new Call(request, reply);
    const devicePhoneNumber = await this.outcomes.watch('share', call, this.service.share(call));
    return Buffer.from(JSON.stringify({ devicePhoneNumber }));
  }
}
