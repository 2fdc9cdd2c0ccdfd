import type {
  Application,
  Credential,
  Member,
  OperatorSettings,
  Registration,
  Snapshot,
  SnapshotKind,
  SnapshotRows,
  Subscription,
  Tenant,
} from './snapshot.js';

/** A snapshot while it is being made, row by row: nothing of it takes long at once, however many there are. */
export class SnapshotDraft implements Snapshot {
  readonly tenants = new Map<string, Tenant>();
  readonly applications = new Map<string, Application>();
  readonly applicationsByClientId = new Map<string, Application>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly subscriptionsByApplication = new Map<string, Subscription[]>();
  readonly registrations = new Map<string, Registration>();
  readonly credentials = new Map<string, Credential>();
  readonly credentialsByLookUp = new Map<string, Credential>();
  readonly members = new Map<string, Member>();
  readonly membersByClientId = new Map<string, Member>();
  readonly membersBySubject = new Map<string, Member[]>();
  readonly operatorSettings = new Map<string, OperatorSettings>();
  /** Which transaction wrote which row, by kind and id. */
  readonly written: Readonly<Record<SnapshotKind, Map<string, string>>> = {
    tenants: new Map(),
    applications: new Map(),
    subscriptions: new Map(),
    registrations: new Map(),
    credentials: new Map(),
    members: new Map(),
    operatorSettings: new Map(),
  };
  private readonly registrationsByOperator = new Map<string, Map<string, Registration>>();

  private readonly adding: { readonly [K in SnapshotKind]: (row: SnapshotRows[K]) => void } = {
    tenants: (row) => this.tenants.set(row.id, row),
    applications: (row) => {
      this.applications.set(row.id, row);
      this.applicationsByClientId.set(row.clientId, row);
    },
    subscriptions: (row) => {
      this.subscriptions.set(row.id, row);
      append(this.subscriptionsByApplication, row.applicationId, row);
    },
    registrations: (row) => {
      this.registrations.set(row.id, row);
      const there = this.registrationsByOperator.get(row.operatorId);
      if (there) there.set(row.applicationId, row);
      else this.registrationsByOperator.set(row.operatorId, new Map([[row.applicationId, row]]));
    },
    credentials: (row) => {
      this.credentials.set(row.id, row);
      this.credentialsByLookUp.set(row.lookUp, row);
    },
    members: (row) => {
      this.members.set(row.id, row);
      if (row.clientId !== null) this.membersByClientId.set(row.clientId, row);
      if (row.subject !== null) append(this.membersBySubject, row.subject, row);
    },
    operatorSettings: (row) => this.operatorSettings.set(row.operatorId, row),
  };

  /** @param written which transaction wrote it; undefined: it does not come from the database */
  add<K extends SnapshotKind>(kind: K, row: SnapshotRows[K], written?: string): void {
    this.adding[kind](row);
    if (written !== undefined) this.written[kind].set(idOf(row), written);
  }

  rows<K extends SnapshotKind>(kind: K): ReadonlyMap<string, SnapshotRows[K]> {
    // oxlint-disable-next-line typescript/no-this-alias -- the type that relates each kind to its rows
    const kinds: { readonly [Kind in SnapshotKind]: ReadonlyMap<string, SnapshotRows[Kind]> } = this;
    return kinds[kind];
  }

  registration(operatorId: string, applicationId: string): Registration | undefined {
    return this.registrationsByOperator.get(operatorId)?.get(applicationId);
  }
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function idOf(row: SnapshotRows[SnapshotKind]): string {
  return 'id' in row ? row.id : row.operatorId;
}
