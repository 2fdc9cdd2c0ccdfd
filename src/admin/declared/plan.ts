import { isDeepStrictEqual } from 'node:util';
import { Detail } from '../refusal.js';
import type { Change, Plan, PlanOptions, Stored } from './change.js';
import { Declared, Values, addressOf, locationOf } from './declared.js';
import { planHash } from './plan-hash.js';
import { inOrder } from './plan-order.js';

/** Left as they are where a file says nothing of them. */
const KEPT = new Set(['status', 'key', 'credential']);

/**
 * @param declared all of a file
 * @param stored at least whatever has one of its names and, to prune, whatever a file manages
 */
export function planOf(declared: readonly Declared[], stored: readonly Stored[], options: PlanOptions): Plan {
  const before = new Map(stored.map((one) => [addressOf(one), one]));
  const warnings: string[] = [];
  const refused: Detail[] = [];
  const changes = declared.flatMap((wanted): Change[] => {
    const there = before.get(addressOf(wanted));
    if (!there) return [change('create', wanted, undefined, difference({}, wanted.values))];
    const own = isOwn(there, options);
    const wish = wishOf(wanted, there);
    const diff = difference(own || options.adopt ? there.values : withTagsOf(wanted, there), wish);
    if (there.managedBy !== 'config' && options.adopt) diff['managedBy'] = { from: 'api', to: 'config' };
    if (own || options.adopt)
      return Object.keys(diff).length > 0 ? [change('update', wanted, there, diff)] : [];
    const whose = there.managedBy === 'api' ? 'the API' : 'another file';
    if (Object.keys(diff).length === 0) {
      warnings.push(`${addressOf(wanted)} is as the file says, but managed by ${whose}: adopt takes it over`);
    } else {
      const what = Object.keys(diff).join(', ');
      const message = `is managed by ${whose} and differs in ${what}: adopt takes it over`;
      refused.push({ location: locationOf(wanted.place), message });
    }
    return [];
  });
  const all = [...changes, ...(options.prune ? pruned(declared, stored, options) : [])].toSorted(inOrder);
  const touched = all.flatMap(({ stored: one }) => (one ? [one] : []));
  const named = declared.flatMap((one) => before.get(addressOf(one)) ?? []);
  const hash = planHash(declared, [...new Set([...named, ...touched])], options);
  return { hash, changes: all, warnings, refused };
}

/** What a file once made, and this one no longer names. Operators only have switches: these stay. */
function pruned(declared: readonly Declared[], stored: readonly Stored[], options: PlanOptions): Change[] {
  const named = new Set(declared.map(addressOf));
  const gone = stored.filter((one) => {
    const ended = one.kind === 'subscription' && one.values['status'] === 'terminated';
    return !named.has(addressOf(one)) && isOwn(one, options) && one.kind !== 'operator' && !ended;
  });
  const tenants = new Set(gone.filter(({ kind }) => kind === 'tenant').map(({ name }) => name));
  return gone
    .filter(({ kind, parent }) => kind !== 'member' || !tenants.has(parent!))
    .map((one) => change('delete', undefined, one, difference(one.values, {}, true)));
}

function isOwn({ kind, managedBy, values }: Stored, { tag }: PlanOptions): boolean {
  const tagged = tag === undefined || kind === 'operator' || (values['tags'] as string[]).includes(tag);
  return managedBy === 'config' && tagged;
}

/** What has become of a subscription that people were to accept and approve is left to them. */
function wishOf({ kind, values }: Declared, there: Stored): Values {
  if (kind !== 'subscription' || values['status'] !== 'created') return values;
  return { ...values, status: there.values['status'] };
}

/** Not its own: that it has not the file's tag is no difference. */
function withTagsOf({ values }: Declared, there: Stored): Values {
  return 'tags' in values ? { ...there.values, tags: values['tags'] } : there.values;
}

function difference(
  from: Values,
  to: Values,
  whole = false,
): Record<string, { from?: unknown; to?: unknown }> {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].toSorted();
  return Object.fromEntries(
    names
      .filter((name) => !isDeepStrictEqual(from[name], to[name]) && (whole || name in to || !KEPT.has(name)))
      .map((name) => [
        name,
        { ...(name in from && { from: from[name] }), ...(name in to && { to: to[name] }) },
      ]),
  );
}

function change(
  action: Change['action'],
  declared: Declared | undefined,
  stored: Stored | undefined,
  diff: Change['diff'],
): Change {
  const { kind, name } = (declared ?? stored)!;
  return { action, kind, name, diff, ...(declared && { declared }), ...(stored && { stored }) };
}
