import { Body, Controller, ForbiddenException, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { z } from 'zod';
import { Caller } from './jwt.strategy.js';
import { VerifyService } from './verify.service.js';

const VerifyBody = z.strictObject({ phoneNumber: z.string().regex(/^\+[1-9][0-9]{4,14}$/) });
type VerifyBody = z.infer<typeof VerifyBody>;

@Controller('number-verification/v2')
export class VerifyController {
  constructor(private readonly service: VerifyService) {}

  @Post('verify')
  @HttpCode(200)
  @UseGuards(AuthGuard('jwt'))
  verify(@Req() request: { user: Caller }, @Body({ schema: VerifyBody }) body: VerifyBody): Promise<unknown> {
    if (!request.user.scopes.includes('number-verification:verify')) throw new ForbiddenException();
    return this.service.verify(body, request.user.operatorToken);
  }
}
