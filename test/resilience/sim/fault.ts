import { Socket } from 'node:net';
import { Random } from '../random.js';

/** One request that is about to be mistreated. */
export interface Victim {
  /** What bytes go through: TLS. */
  readonly stream: Socket;
  /** The TCP connection below, for resets. */
  readonly tcp: Socket;
  readonly endpoint: 'verify' | 'share' | 'token';
  /** The body an honest operator would send. */
  readonly truth: string;
  /** The body that would be a wrong answer: whoever reads it from a fault has been fooled. */
  readonly lie: string;
  readonly number: string;
  readonly random: Random;
  /** Where a redirect would lead: a listener that gives the wrong answer and counts its visitors. */
  readonly internalUrl: string;
  readonly ownUrl: string;
  readonly deadlineMs: number;
  /** Calls again until the connection is gone. */
  every(ms: number, then: () => void): void;
  /** Calls once unless the connection is gone. */
  after(ms: number, then: () => void): void;
}

export type Fault = (victim: Victim) => void;
