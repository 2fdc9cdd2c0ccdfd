import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { UsageRecord } from '../ledger/usage-record.js';
import { UsageReports } from '../ledger/usage-reports.js';
import { MOST_GROUPS, USAGE_GROUPS } from '../ledger/usage-sums.js';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { listAfter, readCursor, writeCursor } from './long-listing.js';
import { Operation } from './operation.js';
import { invalid } from './refusal.js';
import { usageFilter, UsageQuery, UsageRecordsQuery } from './usage-query.js';

const counts = { calls: z.int(), billable: z.int() };

const UsageSums = z
  .object({
    from: z.string(),
    to: z.string(),
    asOf: z.string(),
    groupBy: z.array(z.enum(USAGE_GROUPS)),
    items: z.array(
      z.object({
        ...Object.fromEntries(USAGE_GROUPS.map((group) => [group, z.string().optional()])),
        ...counts,
      }),
    ),
    totals: z.object(counts),
    pending: z.int(),
    unknown: z.int(),
  })
  .meta({ id: 'Usage' });

const PLACE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([0-9a-f-]{36})$/;

@Controller('admin/v1/usage')
@AdminRoutes()
export class UsageController {
  constructor(private readonly usage: UsageReports) {}

  @Operation({
    method: 'GET',
    path: '',
    operationId: 'getUsage',
    summary:
      'Counts calls and billable calls by groups. From inclusive (30 days before to unless given), to exclusive (now)',
    permission: 'usage:read',
    query: UsageQuery,
    answer: UsageSums,
  })
  async sums(@Call() { principal, query }: AdminCall<unknown, UsageQuery>): Promise<Answer> {
    const filter = usageFilter(query);
    const groupBy = [...new Set(query.groupBy)];
    const sums = await this.usage.sums(principal.tenantId, filter, groupBy);
    if (!sums) throw invalid('query.groupBy', `must make at most ${MOST_GROUPS} groups`);
    const { from, to } = filter;
    const body = {
      from: from.toISOString(),
      to: to.toISOString(),
      groupBy,
      ...sums,
      asOf: sums.asOf.toISOString(),
    };
    return { status: 200, body: UsageSums.parse(body) };
  }

  @Operation({
    method: 'GET',
    path: 'records',
    operationId: 'listUsageRecords',
    summary: 'Lists calls, the oldest first; the cursor of the last page says where the next one begins',
    permission: 'usage:read',
    query: UsageRecordsQuery,
    answer: listAfter(UsageRecord),
  })
  async records(@Call() { principal, query }: AdminCall<unknown, UsageRecordsQuery>): Promise<Answer> {
    const place = query.cursor === undefined ? undefined : PLACE.exec(readCursor(query.cursor));
    if (place === null || (place && Number.isNaN(Date.parse(place[1]!)))) {
      throw invalid('query.cursor', 'must be the nextCursor of the page before');
    }
    const after = place && { startedAt: place[1]!, id: place[2]! };
    const items = await this.usage.page(principal.tenantId, usageFilter(query), query.limit, after);
    const last = items.length === query.limit ? items.at(-1) : undefined;
    const nextCursor = last && writeCursor(`${last.startedAt} ${last.id}`);
    return { status: 200, body: { items: z.array(UsageRecord).parse(items), nextCursor } };
  }
}
