import { Operator } from '../operators/operator.js';
import { Calls } from './calls.js';
import { Subscriber } from './devices.js';
import { Habits } from './habits.js';
import { OneTimeTickets } from './tokens.js';

/** An application as one operator knows it. */
export interface Registered {
  readonly redirectUri: string;
}

/** Where one simulated operator stands and what it remembers; shared by its endpoints. */
export interface Site {
  readonly operator: Operator;
  readonly habits: Habits;
  /** `http://127.0.0.1:port/<operator id>`; known once the server listens. */
  readonly issuer: () => string;
  readonly client: (clientId: string) => Registered | undefined;
  readonly subscriber: (ip: string) => Subscriber | undefined;
  readonly codes: OneTimeTickets;
  readonly tokens: OneTimeTickets;
  readonly calls: Calls;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}
