import { OWN_BUGS } from './own-bugs.js';
import { SeededBug } from './seeded-bug.js';
import { UPSTREAM_BUGS } from './upstream-bugs.js';

/** Mistakes that real gateways have made, and the row by which each of them must be noticed. */
export const SEEDED_BUGS: readonly SeededBug[] = [...UPSTREAM_BUGS, ...OWN_BUGS].sort((a, b) => a.id - b.id);
