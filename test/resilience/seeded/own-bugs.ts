import { SeededBug } from './seeded-bug.js';

/** Mistakes with what is our own: records, limits, one-time things, logs, the end of a process. */
export const OWN_BUGS: readonly SeededBug[] = [
  {
    id: 4,
    name: 'a jti is looked for first and written afterwards',
    row: 'C24',
    says: /^I5:/,
    patches: [
      {
        file: 'broker/artifact-store.ts',
        from: `if (!this.marks.take(key, ttlSeconds, this.store.away))\n`,
        to: `if (this.marks === undefined)\n`,
      },
      {
        file: 'broker/artifact-store.ts',
        from: 'const { count } = await this.store.query(`INSERT INTO oidc_artifacts (model, id_hash, sealed, expires_at)',
        to: `const before = await this.store.query('SELECT 1 FROM oidc_artifacts WHERE model = $1 AND id_hash = $2', [model, hash]);
            if (before.count > 0) return false;
            await this.store.query(\`INSERT INTO oidc_artifacts (model, id_hash, sealed, expires_at)`,
      },
      {
        file: 'broker/artifact-store.ts',
        from: `[model, hash, ttlSeconds]);\n            return count === 1;\n`,
        to: `[model, hash, ttlSeconds]);\n            return true;\n`,
      },
    ],
  },
  {
    id: 5,
    name: 'outcomes are dropped when their buffer is full',
    row: 'G14',
    says: /^I4: no outcome/,
    patches: [
      {
        file: 'ledger/outcome-batch.ts',
        from: `        this.waiting.push(outcome);\n`,
        to: `        if (this.waiting.length >= 2) return;\n        this.waiting.push(outcome);\n`,
      },
    ],
  },
  {
    id: 8,
    name: 'statements have no timeout of their own',
    row: 'D04',
    says: /^I1:|^I6:|errors|failed/,
    patches: [
      { file: 'database/timeouts.ts', from: `    query_timeout: 500,\n`, to: `` },
      {
        file: 'ledger/dispatch-batch.ts',
        from: `const query_timeout = Math.max(1, Math.round(giveUpAt - performance.now()));`,
        to: `const query_timeout = 0;`,
      },
    ],
  },
  {
    id: 9,
    name: 'a process that is told to stop closes at once',
    row: 'P01',
    says: /^I1:|^I6:|failed/,
    patches: [
      { file: 'boot.ts', from: `        departure.begin();\n        await sleep(config.drainMs);\n`, to: `` },
    ],
  },
  {
    id: 11,
    name: 'bodies of requests are logged',
    row: 'I8',
    says: /^I8:/,
    patches: [
      {
        file: 'number-verification/number-verification.controller.ts',
        from: `        const matches = await `,
        to: `        console.log(String(request.body));\n        const matches = await `,
      },
    ],
  },
  {
    id: 12,
    name: "limits are counted in the throttler's own storage",
    row: 'O08',
    says: /calls passed; quota/,
    patches: [
      {
        file: 'limits/limits.ts',
        from: `import { Lease } from './lease.js';\n`,
        to: `import { Lease } from './lease.js';
import { ThrottlerStorageService } from '@nestjs/throttler';
const STORAGE = new ThrottlerStorageService();\n`,
      },
      {
        file: 'limits/limits.ts',
        from: `        const exhausted = caller.exhausted(moment, 1);\n        if (`,
        to: `        const perDay = limits.subscription.perDay;
        if (perDay !== undefined) {
            caller.take();
            const lease = new Lease(caller, moment.period, undefined);
            const day = 86_400_000;
            lease.shared = STORAGE.increment(subscription.id, day, perDay, day, 'day').then(({ isBlocked }) => {
                this.allow(asked, moment, 'memory');
                if (isBlocked) throw new Problem('quotaExceeded', { retryAfterSeconds: 60 });
            });
            return lease;
        }
        const exhausted = caller.exhausted(moment, 1);
        if (`,
      },
    ],
  },
];
