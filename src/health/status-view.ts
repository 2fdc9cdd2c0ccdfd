import { z } from 'zod';
import { Operator } from '../operators/operator.js';
import { Target } from '../telemetry/labels.js';
import { Minute } from '../telemetry/operator-evidence.js';

const WINDOWS = { '5m': 5, '1h': 60, '24h': 24 * 60 } as const;

/** Fewer calls say nothing of an operator, and something of those who called. */
const LEAST_CALLS = 5;
const UP = 0.99;
const DEGRADED = 0.5;
/** So many of the answers must have come in time for a class. */
const MOST = 0.95;

export const WindowView = z.object({
  status: z.enum(['up', 'degraded', 'down', 'unknown']),
  /** Part of the calls that the operator did not fail, 0 to 1, rounded down to a thousandth; null: unknown. */
  availability: z.number().min(0).max(1).nullable(),
  /** Of 95 % of its answers: within 0.5 s, within 2 s, or longer. */
  latency: z.enum(['fast', 'moderate', 'slow', 'unknown']),
});

const TargetView = z.object({ '5m': WindowView, '1h': WindowView, '24h': WindowView });

export const StatusView = z.object({
  /** RFC 3339. */
  generatedAt: z.string(),
  operators: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      lifecycle: z.enum(['sandbox', 'live', 'sunset']),
      /** Whether its calls are taken now; somebody may have switched it off. */
      state: z.enum(['on', 'off']),
      /** Number Verification itself. */
      verification: TargetView,
      /** The operator's part of a sign-in that needs no user: metadata, keys, tokens. */
      signIn: TargetView,
    }),
  ),
});
export type StatusView = z.infer<typeof StatusView>;

/** What of an operator's evidence may be known to everybody: no counts, because they tell how much is called. */
export function windowView({ answered, failed, within500Ms, within2s }: Minute): z.infer<typeof WindowView> {
  const calls = answered + failed;
  if (calls < LEAST_CALLS) return { status: 'unknown', availability: null, latency: 'unknown' };
  const availability = Math.floor((answered / calls) * 1000) / 1000;
  const status = availability >= UP ? 'up' : availability >= DEGRADED ? 'degraded' : 'down';
  if (answered < LEAST_CALLS) return { status, availability, latency: 'unknown' };
  const latency = within500Ms >= MOST * answered ? 'fast' : within2s >= MOST * answered ? 'moderate' : 'slow';
  return { status, availability, latency };
}

/** @param over the evidence of the last minutes */
export function statusView(
  operators: readonly Operator[],
  over: (operator: string, target: Target, minutes: number) => Minute,
  now: Date,
): StatusView {
  const target = (operator: string, name: Target): z.infer<typeof TargetView> => ({
    '5m': windowView(over(operator, name, WINDOWS['5m'])),
    '1h': windowView(over(operator, name, WINDOWS['1h'])),
    '24h': windowView(over(operator, name, WINDOWS['24h'])),
  });
  return {
    generatedAt: now.toISOString(),
    operators: operators.map(({ id, name, lifecycle, off }) => ({
      id,
      name,
      lifecycle,
      state: off === undefined ? 'on' : 'off',
      verification: target(id, 'api'),
      signIn: target(id, 'token'),
    })),
  };
}
