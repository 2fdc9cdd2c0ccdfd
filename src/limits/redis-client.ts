import { Redis } from 'ioredis';
import { GIVE_BACK, TAKE } from './redis-scripts.js';

/** Redis with the scripts of the limiter as commands; each is one round trip. */
export interface LimiterRedis extends Redis {
  takeCall(tenantKey: string, subscriptionKey: string, ...numbers: number[]): Promise<number[]>;
  giveBackQuota(tenantKey: string, subscriptionKey: string, ...numbers: number[]): Promise<number>;
}

/** Milliseconds after which ioredis itself gives a command up: a frozen Redis raises no error. */
const COMMAND_TIMEOUT_MS = 25;
const RECONNECT_MS = 1000;

/** Connects in the background, at most once a second; a command that cannot be sent at once fails at once. */
export function connectRedis(url: string, commandTimeout = COMMAND_TIMEOUT_MS): LimiterRedis {
  return new Redis(url, {
    commandTimeout,
    connectTimeout: RECONNECT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: () => RECONNECT_MS,
    scripts: {
      takeCall: { lua: TAKE, numberOfKeys: 2 },
      giveBackQuota: { lua: GIVE_BACK, numberOfKeys: 2 },
    },
  }) as LimiterRedis;
}
