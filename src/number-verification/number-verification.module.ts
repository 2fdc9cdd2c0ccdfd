import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { NumberVerificationController } from './number-verification.controller.js';
import { NumberVerificationService } from './number-verification.service.js';
import { Outcomes } from './outcomes.js';

@Module({
  imports: [HttpModule, LimitsModule, LedgerModule, TenantsModule, UpstreamModule],
  controllers: [NumberVerificationController],
  providers: [NumberVerificationService, Outcomes],
})
export class NumberVerificationModule {}
