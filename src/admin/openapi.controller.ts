import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { ISSUER } from '../contract/issuer.js';
import { adminOpenApi } from './openapi.js';

/** The document is public: it says nothing that the source does not. */
@Controller('admin/openapi.json')
@ApiExcludeController()
export class AdminOpenApiController {
  private document: Buffer | undefined;

  constructor(@Inject(ISSUER) private readonly issuer: string) {}

  @Get()
  @Header('content-type', 'application/json')
  read(): Buffer {
    this.document ??= Buffer.from(JSON.stringify(adminOpenApi(this.issuer)));
    return this.document;
  }
}
