import { finalePhase } from './finale.phase.js';
import { mixedPhase } from './mixed.phase.js';
import { Phase } from './phase.js';
import { upstreamPhase } from './upstream/upstream.phase.js';

/** In the order in which they run. The finale stops the gateways, so it is the last. */
export const PHASES: readonly Phase[] = [mixedPhase, upstreamPhase, finalePhase];
