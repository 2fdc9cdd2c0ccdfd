import { UseFilters, UseGuards, UseInterceptors, applyDecorators } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { AdminGuard } from './admin.guard.js';
import { AnswerInterceptor } from './answer.interceptor.js';
import { CallerThrottle } from './caller-throttle.guard.js';
import { PermissionGuard } from './permission.guard.js';
import { RefusalFilter } from './refusal.filter.js';

/** What every controller of the admin API stands behind: who is it, how often, may they. */
export const AdminRoutes = () =>
  applyDecorators(
    // They have a document of their own.
    ApiExcludeController(),
    UseGuards(AdminGuard, CallerThrottle, PermissionGuard),
    UseInterceptors(new AnswerInterceptor()),
    UseFilters(RefusalFilter),
  );
