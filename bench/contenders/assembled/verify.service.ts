import { HttpService } from '@nestjs/axios';
import { BadGatewayException, Injectable } from '@nestjs/common';
import CircuitBreaker from 'opossum';
import { firstValueFrom } from 'rxjs';
import { z } from 'zod';
import { UPSTREAM_PATH } from '../../wire.js';

const VerifyAnswer = z.object({ devicePhoneNumberVerified: z.boolean() });
type VerifyAnswer = z.infer<typeof VerifyAnswer>;

@Injectable()
export class VerifyService {
  private readonly breaker: CircuitBreaker<[object, string], VerifyAnswer>;

  constructor(private readonly http: HttpService) {
    this.breaker = new CircuitBreaker((ask: object, operatorToken: string) => this.ask(ask, operatorToken), {
      timeout: 3_000,
      errorThresholdPercentage: 50,
      resetTimeout: 5_000,
    });
  }

  async verify(ask: object, operatorToken: string): Promise<VerifyAnswer> {
    try {
      return await this.breaker.fire(ask, operatorToken);
    } catch (error) {
      throw new BadGatewayException('operator', { cause: error });
    }
  }

  private async ask(ask: object, operatorToken: string): Promise<VerifyAnswer> {
    const answer = await firstValueFrom(
      this.http.post<unknown>(UPSTREAM_PATH, ask, { headers: { authorization: `Bearer ${operatorToken}` } }),
    );
    return VerifyAnswer.parse(answer.data);
  }
}
