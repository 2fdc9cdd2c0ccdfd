import { Period } from './calendar.js';

/** When, and with which authority, something is counted. */
export interface Moment {
  readonly nowMs: number;
  readonly period: Period;
  /** How many processes there are like this one. */
  readonly replicas: number;
  /** Whether this one knows nothing of what the others give away: it then keeps to its part of each limit. */
  readonly alone: boolean;
}
