import { API_FAULTS } from './api-faults.js';
import { Fault } from './fault.js';
import { SIGN_IN_FAULTS } from './sign-in-faults.js';

/** The one table of everything that can be made to go wrong; docs/sandbox.md is checked against it. */
export const FAULTS: readonly Fault[] = [...SIGN_IN_FAULTS, ...API_FAULTS];
