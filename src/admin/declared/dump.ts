import { Kind, Values } from './declared.js';
import type { Stored } from './change.js';

type Entry = Record<string, unknown>;

/** Where the entries of a kind stand: the list, and what names one of them there. */
const LISTS: Readonly<Record<Kind, readonly [list: string, name: string | undefined]>> = {
  plan: ['plans', 'key'],
  operator: ['operators', 'id'],
  route: ['routes', undefined],
  tenant: ['tenants', 'key'],
  member: ['members', 'key'],
  application: ['applications', 'key'],
  subscription: ['subscriptions', 'key'],
  registration: ['registrations', 'operator'],
};

/**
 * A file that says what is: against it nothing differs. It leaves out what has ended, and secrets, of which only we know
 * that they are there: what a file does not say of a credential leaves it as it is.
 */
export class Dump {
  private readonly root: Entry;
  private readonly parents = new Map<string, Entry>();

  /** @param tag only what files manage that has it; undefined: everything */
  constructor(private readonly tag: string | undefined) {
    this.root = { _format: '1', ...(tag !== undefined && { _tag: tag }) };
  }

  /** @param page what belongs to something comes with it, or after it */
  add(page: readonly Stored[]): void {
    for (const one of page.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!this.wanted(one)) continue;
      const above = one.parent === undefined ? this.root : this.parents.get(one.parent);
      if (!above) continue;
      const [list, name] = LISTS[one.kind];
      const entry = { ...(name && { [name]: one.name.split('/').at(-1) }), ...this.entryOf(one) };
      ((above[list] ??= []) as Entry[]).push(entry);
      if (one.kind === 'tenant' || one.kind === 'application') this.parents.set(one.name, entry);
    }
  }

  /** As JSON. */
  get document(): Entry {
    return this.root;
  }

  private wanted({ kind, managedBy, values }: Stored): boolean {
    if (kind === 'subscription' && values['status'] === 'terminated') return false;
    if (this.tag === undefined) return true;
    return kind !== 'operator' && managedBy === 'config' && (values['tags'] as string[]).includes(this.tag);
  }

  private entryOf({ kind, values }: Stored): Entry {
    const { tags, status, credential: _, ...rest } = values;
    const others = tags === undefined ? [] : (tags as string[]).filter((tag) => tag !== this.tag);
    const entry: Values = {
      ...(status !== undefined && { status: status === 'pending' ? 'created' : status }),
      ...(others.length > 0 && { tags: others }),
      ...rest,
    };
    return Object.fromEntries(Object.entries(entry).filter(([name, value]) => !isDefault(kind, name, value)));
  }
}

/** What the reader of a file puts there by itself. */
function isDefault(kind: Kind, name: string, value: unknown): boolean {
  if (value === '' || (Array.isArray(value) && value.length === 0)) return true;
  if (kind === 'plan' && name === 'limits') return false;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
