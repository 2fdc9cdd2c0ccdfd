import type { MigrationInterface } from 'typeorm';
import { UsageLedger1795255200000 } from './1795255200000-usage-ledger.js';
import { Tenants1795255200100 } from './1795255200100-tenants.js';
import { Keys1795255200200 } from './1795255200200-keys.js';
import { Broker1795255200500 } from './1795255200500-broker.js';
import { RoutingRules1795255200600 } from './1795255200600-routing-rules.js';
import { Ciba1795255200700 } from './1795255200700-ciba.js';
import { RevokedTokens1795255200800 } from './1795255200800-revoked-tokens.js';
import { AdminModel1795255201000 } from './1795255201000-admin-model.js';
import { LedgerJournal1795255201050 } from './1795255201050-ledger-journal.js';
import { UsageLedgerLookups1795255201060 } from './1795255201060-usage-ledger-lookups.js';
import { Audit1795255201100 } from './1795255201100-audit.js';
import { RowLevelSecurity1795255201200 } from './1795255201200-row-level-security.js';
import { Notify1795255201300 } from './1795255201300-notify.js';
import { CallTraces1795255202000 } from './1795255202000-call-traces.js';
import { OperatorEvidence1795255202100 } from './1795255202100-operator-evidence.js';
import { RevisionAtCommit1795255202200 } from './1795255202200-revision-at-commit.js';
import { PlansAreHeld1795255202300 } from './1795255202300-plans-are-held.js';

/** Every migration, in the order in which it is applied. Append only: a released migration never changes. */
export const migrations: (new () => MigrationInterface)[] = [
  UsageLedger1795255200000,
  Tenants1795255200100,
  Keys1795255200200,
  Broker1795255200500,
  RoutingRules1795255200600,
  Ciba1795255200700,
  RevokedTokens1795255200800,
  AdminModel1795255201000,
  LedgerJournal1795255201050,
  UsageLedgerLookups1795255201060,
  Audit1795255201100,
  RowLevelSecurity1795255201200,
  Notify1795255201300,
  CallTraces1795255202000,
  OperatorEvidence1795255202100,
  RevisionAtCommit1795255202200,
  PlansAreHeld1795255202300,
];
