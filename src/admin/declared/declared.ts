import { Secret } from '../../contract/secret.js';
import { Detail } from '../refusal.js';
import type { ApplicationEntry, Declaration, TenantEntry } from './document.js';
import type { SecretSource } from './secret-reference.js';

/** Kinds of resources that a file may hold, in the order in which they are made. */
export const KINDS = [
  'plan',
  'tenant',
  'member',
  'application',
  'subscription',
  'registration',
  'operator',
  'route',
] as const;
export type Kind = (typeof KINDS)[number];
export type Values = Readonly<Record<string, unknown>>;

/** Which resource is meant: its kind, and its keys from the root on. */
export interface Named {
  readonly kind: Kind;
  /** `first-bank/app/fraud`. */
  readonly name: string;
}

/** One resource as a file wants it. */
export interface Declared extends Named {
  /** Name of what it belongs to. */
  readonly parent?: string;
  /** Where it stands in the file. */
  readonly place: readonly PropertyKey[];
  /** Complete, but for what is to be left as it is: `status`, `key` and `credential`. No secret stands in it. */
  readonly values: Values;
  readonly credential?: Secret;
}

export const addressOf = ({ kind, name }: Named): string => `${kind} ${name}`;

/** How secrets are found, and named without telling them. */
export interface SecretReading {
  readonly source: SecretSource;
  fingerprint(secret: string): string;
}

/**
 * The resources of a file, each by itself.
 * @param faults takes the references behind which there is no secret
 */
export function declaredIn(document: Declaration, secrets: SecretReading, faults: Detail[]): Declared[] {
  const found: Declared[] = [];
  const tagged = { ...(document._tag !== undefined && { tag: document._tag }) };
  const add = (one: Omit<Declared, 'values'> & { values: object }): void => {
    found.push({ ...one, values: normal(one.kind, { ...one.values }, tagged.tag) });
  };
  for (const [at, { key, ...values }] of document.plans.entries())
    add({ kind: 'plan', name: key, place: ['plans', at], values });
  for (const [at, { id, ...values }] of document.operators.entries())
    add({ kind: 'operator', name: id, place: ['operators', at], values });
  for (const [at, route] of document.routes.entries())
    add({ kind: 'route', name: `${route.kind}/${route.value}`, place: ['routes', at], values: route });
  for (const [at, tenant] of document.tenants.entries()) {
    addTenant(tenant, ['tenants', at], add, (reference, place) => {
      const secret = secrets.source(reference);
      if (secret instanceof Secret) return { secret, print: secrets.fingerprint(secret.reveal()) };
      faults.push({ location: locationOf(place), message: secret });
      return undefined;
    });
  }
  return found;
}

type Add = (one: Omit<Declared, 'values'> & { values: object }) => void;
type Reveal = (reference: string, place: PropertyKey[]) => { secret: Secret; print: string } | undefined;

function addTenant(entry: TenantEntry, place: PropertyKey[], add: Add, reveal: Reveal): void {
  const { key: parent, members, applications, ...values } = entry;
  add({ kind: 'tenant', name: parent, place, values });
  for (const [at, { key, ...member }] of members.entries()) {
    add({
      kind: 'member',
      name: `${parent}/${key}`,
      parent,
      place: [...place, 'members', at],
      values: member,
    });
  }
  for (const [at, application] of applications.entries())
    addApplication(application, parent, [...place, 'applications', at], add, reveal);
}

function addApplication(
  { key, subscriptions, registrations, ...values }: ApplicationEntry,
  tenant: string,
  place: PropertyKey[],
  add: Add,
  reveal: Reveal,
): void {
  const parent = `${tenant}/${key}`;
  add({ kind: 'application', name: parent, parent: tenant, place, values });
  for (const [at, { key: its, ...subscription }] of subscriptions.entries()) {
    const where = [...place, 'subscriptions', at];
    add({ kind: 'subscription', name: `${parent}/${its}`, parent, place: where, values: subscription });
  }
  for (const [at, { operator, credential, ...registration }] of registrations.entries()) {
    const where = [...place, 'registrations', at];
    const known = credential === undefined ? undefined : reveal(credential, [...where, 'credential']);
    add({
      kind: 'registration',
      name: `${parent}/${operator}`,
      parent,
      place: where,
      values: { ...registration, ...(known && { credential: known.print }) },
      ...(known && { credential: known.secret }),
    });
  }
}

/** In the form in which what is stored is compared: without what is undefined, dates in UTC, with the file's tag. */
function normal(kind: Kind, values: Record<string, unknown>, tag: string | undefined): Values {
  const { expiresAt, tags } = values;
  if (expiresAt !== undefined) values['expiresAt'] = new Date(expiresAt as string).toISOString();
  if (kind !== 'operator' && tag !== undefined) values['tags'] = [...new Set([...(tags as string[]), tag])];
  return JSON.parse(JSON.stringify(values)) as Values;
}

/** As the admin API names a place: `body.tenants.2.applications.0.redirectUris`. */
export function locationOf(place: readonly PropertyKey[]): string {
  return ['body', ...place.map(String)].join('.');
}

/** As people find it in their file: `tenants[2].applications[0].redirectUris`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}
