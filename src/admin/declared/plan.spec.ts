import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { configDocument as document } from '../../../test/support/config-documents.js';
import { Secret } from '../../contract/secret.js';
import type { Change, PlanOptions, Stored } from './change.js';
import { Declared, addressOf, declaredIn } from './declared.js';
import { Declaration } from './document.js';
import { Dump } from './dump.js';
import { planOf } from './plan.js';

const read = (value: unknown): { declared: Declared[]; tag: string | undefined } => {
  const parsed = Declaration.parse(JSON.parse(JSON.stringify(value)));
  const secrets = { source: () => new Secret('s'), fingerprint: (secret: string) => `print of ${secret}` };
  return { declared: declaredIn(parsed, secrets, []), tag: parsed._tag };
};

let ids = 0;

/** What Postgres would hold after these changes. */
function after(stored: readonly Stored[], changes: readonly Change[]): Stored[] {
  const rows = new Map(stored.map((one) => [addressOf(one), one]));
  for (const { action, kind, name, declared, stored: before } of changes) {
    if (action === 'delete') {
      rows.delete(addressOf({ kind, name }));
      // Members go with their tenant, and are not read any more.
      for (const [address, row] of rows) if (kind === 'tenant' && row.parent === name) rows.delete(address);
      continue;
    }
    const { values, parent } = declared!;
    const states = ['tenant', 'member', 'application', 'subscription'].includes(kind);
    rows.set(addressOf({ kind, name }), {
      kind,
      name,
      id: before?.id ?? `id-${ids++}`,
      version: (before?.version ?? 0) + 1,
      managedBy: 'config',
      values: {
        ...(states && { status: before?.values['status'] ?? 'active' }),
        ...(kind === 'registration' && { key: before?.values['key'] ?? name.split('/').at(-1) }),
        ...(before?.values['credential'] !== undefined && { credential: before.values['credential'] }),
        ...values,
        ...(before && values['status'] === 'created' && { status: before.values['status'] }),
      },
      ...(parent !== undefined && { parent }),
    });
  }
  return [...rows.values()];
}

const OPTIONS = { prune: true, adopt: true };
const run = (declared: readonly Declared[], stored: readonly Stored[], options: PlanOptions) => {
  const plan = planOf(declared, stored, options);
  return { plan, stored: after(stored, plan.changes) };
};
const quick = { numRuns: 300, interruptAfterTimeLimit: 4_000, markInterruptAsFailure: false };

describe('a plan', () => {
  test('once done leaves nothing to do, whatever was there before', () => {
    fc.assert(
      fc.property(document, document, fc.boolean(), (one, other, prune) => {
        const { stored } = run(read(one).declared, [], OPTIONS);
        const { declared, tag } = read(other);
        const options = { prune, adopt: true, tag };
        const done = run(declared, stored, options);
        expect(planOf(declared, done.stored, options)).toMatchObject({
          changes: [],
          refused: [],
          warnings: [],
        });
      }),
      quick,
    );
  });

  test('for a dump of what it has made is empty, also with prune', () => {
    fc.assert(
      fc.property(document, (one) => {
        const { stored } = run(read(one).declared, [], OPTIONS);
        for (const tag of [undefined, 'team-a']) {
          const dump = new Dump(tag);
          dump.add(stored);
          const again = read(dump.document);
          expect(planOf(again.declared, stored, { prune: true, adopt: false, tag }).changes).toEqual([]);
        }
      }),
      quick,
    );
  });

  test('has one hash for one wish and one state, whatever their order', () => {
    fc.assert(
      fc.property(document, document, fc.boolean(), (one, other, prune) => {
        const { stored } = run(read(one).declared, [], OPTIONS);
        const { declared, tag } = read(other);
        const options = { prune, adopt: false, tag };
        const { hash } = planOf(declared, stored, options);
        expect(planOf(declared.toReversed(), stored.toReversed(), options).hash).toBe(hash);
        expect(planOf(declared, stored, { ...options, adopt: true }).hash).not.toBe(hash);
        const touched = stored.find((row) => declared.some((wish) => addressOf(wish) === addressOf(row)));
        if (!touched) return;
        const moved = stored.map((row) => (row === touched ? { ...row, version: row.version + 1 } : row));
        expect(planOf(declared, moved, options).hash).not.toBe(hash);
      }),
      quick,
    );
  });

  test('without prune deletes nothing, without adopt touches nothing of others', () => {
    fc.assert(
      fc.property(document, document, (one, other) => {
        const theirs = run(read(one).declared, [], OPTIONS).stored.map((row) => ({
          ...row,
          managedBy: 'api' as const,
        }));
        const { declared, tag } = read(other);
        const { changes } = planOf(declared, theirs, { prune: false, adopt: false, tag });
        expect(changes.filter(({ action }) => action !== 'create')).toEqual([]);
        const pruning = planOf([], theirs, { prune: true, adopt: true, tag });
        expect(pruning.changes).toEqual([]);
      }),
      quick,
    );
  });

  test('prunes what has its tag and nothing else', () => {
    const make = (tag: string, key: string): Stored[] =>
      run(read({ _format: '1', _tag: tag, tenants: [{ key, name: 'One' }] }).declared, [], OPTIONS).stored;
    const stored = [...make('team-a', 'a'), ...make('team-b', 'b')];
    const { changes } = planOf([], stored, { prune: true, adopt: false, tag: 'team-a' });
    expect(changes.map(addressOf)).toEqual(['tenant a']);
    expect(planOf([], stored, { prune: true, adopt: false }).changes).toHaveLength(2);
  });
});
