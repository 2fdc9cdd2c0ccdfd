import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Pseudonyms } from '../grants/pseudonyms.js';

/** Subjects as one tenant sees them: never a phone number, and never the same at two tenants (ICM r4.2). */
@Injectable()
export class Subjects {
  constructor(private readonly pseudonyms: Pseudonyms) {}

  /** @param operatorSubject undefined when the operator named none: then nobody can be recognized again */
  of(tenantId: string, operatorId: string, operatorSubject: string | undefined): string {
    return operatorSubject === undefined
      ? randomBytes(32).toString('base64url')
      : this.pseudonyms.of(tenantId, operatorId, operatorSubject);
  }
}
