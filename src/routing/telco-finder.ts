import { z } from 'zod';
import { Secret } from '../contract/secret.js';
import { Operator } from '../operators/operator.js';
import { parseIp } from './ip.js';
import { LimitedHttp } from './limited-http.js';
import { accessOf } from './service-access.js';

/** The device: by the address of its connection, or by its number. */
export type Target = { ip: string; port?: number } | { phoneNumber: string };

const Found = z.object({ operatorId: z.string().min(1).max(200) });

/**
 * Asks an operator which of its brands serves a device (GSMA Open Gateway, Telco Finder `/telco-finder/v1`).
 * Only the brand's id is taken from the answer, never a URL: where a brand is reached, its manifest says.
 */
export class TelcoFinder {
  private readonly byTelcoId: Map<string, Operator[]>;

  /** @param operators those that are on */
  constructor(
    private readonly http: LimitedHttp,
    operators: readonly Operator[],
    private readonly secrets: ReadonlyMap<string, Secret>,
  ) {
    this.byTelcoId = Map.groupBy(operators, telcoIdOf);
  }

  /**
   * @returns the operator that is meant; undefined when nobody is found, nobody we know, or more than one
   * @throws LookupFailed when the operator's finder gives no answer
   */
  async search({ telcoFinder }: Operator, target: Target): Promise<Operator | undefined> {
    if (!telcoFinder) return undefined;
    const { url } = telcoFinder;
    const access = accessOf(telcoFinder, this.secrets);
    for (const mode of modesFor(target)) {
      const lookup = {
        url: `${url.replace(/\/$/, '')}/telco-finder/v1/search`,
        body: {
          target: wireTarget(target),
          includeApiRoot: false,
          includeAuthProviderConfiguration: false,
          ...mode,
        },
        ...access,
        deadlineMs: 1_500,
        maxBytes: 64 * 1024,
      };
      const found = await this.http.read(lookup, Found);
      const operators = found ? this.byTelcoId.get(found.operatorId) : undefined;
      if (operators) return operators.length === 1 ? operators[0] : undefined;
    }
    return undefined;
  }
}

/** What an operator is called in tables and finders of its group. */
export function telcoIdOf({ id, telcoOperatorId }: Operator): string {
  return telcoOperatorId ?? id;
}

/** The finder's own records first; its search everywhere else costs money and time, and finds ported numbers. */
function modesFor(target: Target): object[] {
  if ('ip' in target) return [{}];
  return [{ portabilitySearchMode: 'SHALLOW' }, { portabilitySearchMode: 'DEEP' }];
}

function wireTarget(target: Target): object {
  if ('phoneNumber' in target) return target;
  const { ip, port } = target;
  if (parseIp(ip)?.kind() === 'ipv6') return { ipv6Address: ip };
  return { ipv4Address: { publicAddress: ip, ...(port !== undefined && { publicPort: port }) } };
}
