import { Covered, Unproven } from './covered-by.js';

const STOP = 'test/stop.spec.ts';
const HTTP = 'src/http/http.spec.ts';

/** Rows of process and deployment that `npm test` proves. */
export const COVERED_PROCESSES: readonly Covered[] = [
  {
    id: 'P02',
    title: 'a caller who never ends its request does not hold the end up',
    by: [[STOP, 'P02: a caller who never finishes its request does not hold the process up']],
  },
  {
    id: 'P07',
    title: 'an error nobody catches: said, drained, exit 1',
    by: [[STOP, 'P07: after %s it says so without the number, drains, and exits with 1']],
  },
  {
    id: 'P10',
    title: 'a manifest that is wrong stops the start, and says where',
    by: [['src/operators/operator-config.spec.ts', 'the boot stops with file, field and remedy for']],
  },
  {
    id: 'P11',
    title: 'keys are rotated under load',
    by: [
      [
        'test/key-rotation.spec.ts',
        'what one process seals the other opens at every moment of two scheduled rotations',
      ],
      ['test/key-rotation.spec.ts', 'a rotation by hand, with both processes sealing and opening meanwhile'],
      ['src/grants/key-ring.spec.ts', 'publishes a new key ten minutes before it seals'],
    ],
  },
  {
    id: 'P12',
    title: 'the key-encryption key is changed',
    by: [['src/grants/key-upkeep.spec.ts', 'passes without a moment in which a process cannot open a key']],
  },
  {
    id: 'P14',
    title: 'two processes cut off from each other: limits',
    by: [
      ['test/limits.spec.ts', 'hold for all replicas while it answers, and by replicas while it does not'],
    ],
  },
  {
    id: 'P06',
    title: 'callers who send slowly',
    by: [
      [HTTP, 'headers that never end are 408 within six seconds'],
      [HTTP, 'C02: a body that never ends is 408 within eleven seconds, while others are served'],
    ],
  },
];

export const UNPROVEN_PROCESSES: readonly Unproven[] = [
  { id: 'P09', title: 'back to the version before', why: 'there is no version before the first one' },
];
