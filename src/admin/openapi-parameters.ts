import type { OperationSpec } from './operation.js';

/** Headers that many operations take. */
export const PARAMETERS = {
  'x-correlator': {
    name: 'x-correlator',
    in: 'header',
    description: 'Correlation id of the caller; answered, logged and audited.',
    schema: { type: 'string', pattern: '^[a-zA-Z0-9-_:;.\\/<>{}]{0,256}$', maxLength: 256 },
  },
  'If-Match': {
    name: 'If-Match',
    in: 'header',
    required: true,
    description: 'The ETag of the resource as it was read.',
    schema: { type: 'string', maxLength: 14 },
  },
  'If-None-Match': {
    name: 'If-None-Match',
    in: 'header',
    description: 'In place of If-Match: it must not exist yet, and is made.',
    schema: { type: 'string', enum: ['*'] },
  },
  'Idempotency-Key': {
    name: 'Idempotency-Key',
    in: 'header',
    description: 'Makes the request once in 24 hours, however often it is sent.',
    schema: { type: 'string', maxLength: 257 },
  },
};

/** Under a key one of two, so that neither is required by itself. */
export function preconditionsOf({ ifMatch, byKey }: OperationSpec): object[] {
  if (!ifMatch) return [];
  if (!byKey) return [{ $ref: '#/components/parameters/If-Match' }];
  return [{ ...PARAMETERS['If-Match'], required: false }, { $ref: '#/components/parameters/If-None-Match' }];
}
