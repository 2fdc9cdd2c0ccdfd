import { dependencyPhase } from './dependency/dependency.phase.js';
import { attacksPhase } from './attacks/attacks.phase.js';
import { finalePhase } from './finale.phase.js';
import { fuzzPhase } from './fuzz/fuzz.phase.js';
import { mixedPhase } from './mixed.phase.js';
import { overloadPhase } from './overload/overload.phase.js';
import { Phase } from './phase.js';
import { processPhase } from './process/process.phase.js';
import { soakPhase } from './soak.phase.js';
import { upstreamPhase } from './upstream/upstream.phase.js';

/** In the order in which they run. The finale stops the gateways, so it is the last. */
export const PHASES: readonly Phase[] = [
  mixedPhase,
  upstreamPhase,
  attacksPhase,
  fuzzPhase,
  overloadPhase,
  dependencyPhase,
  processPhase,
  soakPhase,
  finalePhase,
];
