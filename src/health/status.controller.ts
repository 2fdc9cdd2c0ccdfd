import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { STATUS_FRESH_SECONDS, Status } from './status.js';
import { StatusView } from './status-view.js';

/** How the operators fare: for everybody, without a token, and with nothing in it of those who call. */
@Controller()
export class StatusController {
  constructor(private readonly status: Status) {}

  @Get('status.json')
  @Header('content-type', 'application/json')
  @Header('cache-control', `public, max-age=${STATUS_FRESH_SECONDS}`)
  @ApiTags('Status')
  @ApiOperation({
    operationId: 'getStatus',
    summary: 'Tells how the operators fare (an extension, not part of CAMARA)',
    description:
      'Availability and latency class of each operator over 5 minutes, one hour and 24 hours, of all processes together. ' +
      'Fewer than five calls in a window: `unknown`.',
    security: [],
    responses: {
      200: {
        description: 'The operators',
        content: { 'application/json': { schema: jsonSchema() } },
      },
    },
  })
  read(): Buffer {
    return this.status.body;
  }
}

function jsonSchema(): object {
  const { $schema: _, ...json } = z.toJSONSchema(StatusView, { target: 'openapi-3.0' });
  return json;
}
