import { Minute, addTo, noEvidence } from '../telemetry/operator-evidence.js';

export const MINUTES_KEPT = 24 * 60;
const FIELDS = 5;

/** The last 24 hours of one target of one operator, minute by minute, in 29 KB whatever happens. */
export class EvidenceDay {
  /** Per slot: which minute it holds, then its counts. */
  private readonly slots = new Uint32Array(MINUTES_KEPT * FIELDS);

  /** Replaces what was known of a minute. @param minute since the epoch */
  set(minute: number, { answered, failed, within500Ms, within2s }: Readonly<Minute>): void {
    this.slots.set([minute, answered, failed, within500Ms, within2s], slotOf(minute));
  }

  /** @returns the sum of so many minutes up to and with `last` */
  sum(last: number, minutes: number): Minute {
    const sum = noEvidence();
    for (let minute = last - minutes + 1; minute <= last; minute += 1) {
      const at = slotOf(minute);
      if (this.slots[at] !== minute) continue;
      const [, answered, failed, within500Ms, within2s] = this.slots.subarray(at, at + FIELDS);
      addTo(sum, { answered: answered!, failed: failed!, within500Ms: within500Ms!, within2s: within2s! });
    }
    return sum;
  }
}

function slotOf(minute: number): number {
  return (minute % MINUTES_KEPT) * FIELDS;
}
