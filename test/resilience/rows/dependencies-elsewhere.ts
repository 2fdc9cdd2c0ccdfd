import { Covered, Unproven } from './covered-by.js';

const JOURNAL = 'src/ledger/ledger-journal.spec.ts';
const REPLAY = 'src/ledger/journal/replay.spec.ts';
const SEGMENTS = 'src/ledger/journal/journal.spec.ts';

/** Rows of the dependencies that `npm test` proves. */
export const COVERED_DEPENDENCIES: readonly Covered[] = [
  {
    id: 'D08',
    title: 'a report that takes long holds nobody up',
    by: [
      [
        'src/database/database.spec.ts',
        'reports have connections of their own: while all of them are busy a call',
      ],
    ],
  },
  {
    id: 'D09',
    title: 'no connection left, wrong password: one attempt a second, and no more',
    by: [
      [
        'src/database/turnstile.spec.ts',
        'D09: a pool whose server is away tries once a second, however much is asked of it',
      ],
      [
        'src/database/approach.spec.ts',
        'D09: a wrong password is said as it is, without the password, and tried again',
      ],
    ],
  },
  {
    id: 'D10',
    title: 'serialization failures and deadlocks: three tries, then 409',
    by: [
      ['src/admin/transactions.spec.ts', 'D10: what collides is tried three times in all'],
      ['src/admin/refusal.filter.spec.ts', 'D10: what collided three times is 409 ABORTED'],
    ],
  },
  {
    id: 'D03',
    title: 'changes through the admin API are 503 while Postgres is away',
    by: [['src/admin/refusal.filter.spec.ts', 'a Postgres that is away is 503 with Retry-After']],
  },
  {
    id: 'D11',
    title: "Postgres' disk is full",
    by: [[JOURNAL, 'D11: a Postgres that refuses to write counts as away']],
  },
  {
    id: 'D12',
    title: 'an older schema, or none; a newer one',
    by: [
      ['test/cold-start.spec.ts', 'D12: without its schema it is alive, not ready, and names the remedy'],
      ['src/database/approach.spec.ts', 'a newer schema is no obstacle'],
    ],
  },
  {
    id: 'D16',
    title: "the journal's disk is full, or the journal may grow no more",
    by: [
      [JOURNAL, 'D16: when the journal cannot be written either, calls are refused'],
      [JOURNAL, 'when the journal is full, calls are refused; outcomes of earlier ones are not'],
      [SEGMENTS, 'a disk that is full takes nothing of a line that it does not take whole'],
    ],
  },
  {
    id: 'D17',
    title: 'torn tail, bits turned over, a segment twice',
    by: [
      [REPLAY, 'D17: of a segment that stands there twice, or comes back later, each line comes in once'],
      [REPLAY, 'D17: around a damaged line everything comes in, the segment is kept, and the gap shows'],
      [REPLAY, 'a torn tail does not keep the lines before it out'],
      [SEGMENTS, 'with one bit turned over anywhere gives every line but those that the bit is part of'],
    ],
  },
  {
    id: 'D18',
    title: 'forcing the journal to disk stalls',
    by: [[SEGMENTS, 'D18: nobody waits for a disk that stalls, unless each call is to be on it']],
  },
  {
    id: 'D19',
    title: 'the clock is set',
    by: [
      ['src/limits/limits.spec.ts', 'neither gives nor takes when the clock is set back'],
      ['src/limits/calendar.spec.ts', 'does not begin a window twice when the clock is set back a little'],
      ['src/grants/key-ring.spec.ts', 'seals with the eldest key while its clock is behind all of them'],
      ['src/grants/key-upkeep.spec.ts', "goes by the database's clock, whatever the machine's says"],
    ],
  },
  {
    id: 'D21',
    title: 'nobody reads stdout',
    by: [
      [
        'src/telemetry/log-output.spec.ts',
        'when nobody reads, lines are dropped, debug first and errors last, and memory is bounded',
      ],
      ['src/telemetry/log-output.spec.ts', 'a full pipe is tried again, a broken one is given up'],
    ],
  },
  {
    id: 'D22',
    title: 'the key-encryption key is another one, or is being changed',
    by: [
      ['src/grants/key-ring.spec.ts', 'keeps its keys when they cannot be read again'],
      [
        'src/grants/key-store.spec.ts',
        'names KEY_ENCRYPTION_KEY when it is the wrong one, and shows no value',
      ],
    ],
  },
  {
    id: 'D23',
    title: 'the answer to an insert is lost after its commit',
    by: [
      [
        'src/ledger/ledger-open.spec.ts',
        'D23: when the answer to an insert is lost after its commit, the call is made once and is one row',
      ],
    ],
  },
];

export const UNPROVEN_DEPENDENCIES: readonly Unproven[] = [
  {
    id: 'D13',
    title: 'the password of Postgres is changed',
    why: 'it is part of DATABASE_URL: a change is a rolling restart, which P01 proves',
  },
];
