import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { type AssembledOptions, AUDIENCE, ISSUER, OPTIONS } from './assembled.options.js';

export interface Caller {
  subject: string;
  scopes: string[];
  operatorToken: string;
}

@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor(@Inject(OPTIONS) options: AssembledOptions) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: options.publicKey,
      algorithms: ['RS256'],
      issuer: ISSUER,
      audience: AUDIENCE,
    });
  }

  validate(claims: { sub: string; scope: string; operatorToken: string }): Caller {
    return {
      subject: claims.sub,
      scopes: claims.scope.split(' '),
      operatorToken: claims.operatorToken,
    };
  }
}
