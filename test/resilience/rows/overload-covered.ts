import { Covered } from './covered-by.js';

/** Rows about too much that tests of `npm test` prove. */
export const OVERLOAD_COVERED: readonly Covered[] = [
  {
    id: 'O07',
    title: 'ten thousand tenants are read again while calls go on',
    by: [['src/tenants/ten-thousand.spec.ts', 'ten thousand tenants load in seconds while calls go on']],
  },
];
