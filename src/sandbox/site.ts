import { Operator } from '../operators/operator.js';
import { BackchannelRequests } from './backchannel-requests.js';
import { Calls } from './calls.js';
import { Network, Subscriber } from './devices.js';
import { Habits } from './habits.js';
import { OneTimeTickets, Session } from './tokens.js';

/** An application as one operator knows it. */
export interface Registered {
  readonly redirectUri: string;
}

/** A sign-in in the browser, whose code must come back the way it was asked for. */
export interface CodeSession extends Session {
  readonly redirectUri: string;
  readonly codeChallenge: string | undefined;
}

/** Where one simulated operator stands and what it remembers; shared by its endpoints. */
export interface Site {
  readonly operator: Operator;
  readonly habits: Habits;
  /** `http://127.0.0.1:port/<operator id>`; known once the server listens. */
  readonly issuer: () => string;
  readonly client: (clientId: string) => Registered | undefined;
  readonly network: Network;
  readonly codes: OneTimeTickets<CodeSession>;
  readonly tokens: OneTimeTickets<Session>;
  /** TS.43 temporary tokens, each of one device. */
  readonly operatorTokens: OneTimeTickets<Subscriber>;
  readonly backchannel: BackchannelRequests;
  readonly calls: Calls;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}
