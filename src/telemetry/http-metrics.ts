import { Buckets, Distribution } from './distribution.js';
import { BUCKETS, Families } from './families.js';
import { METHODS, OutcomeClass, PLANES, Plane, closed } from './labels.js';
import { Cell, Tally } from './tally.js';

/** What was answered on one route. Looked up once per route, so that a request costs two additions. */
export class RouteSeries {
  private readonly answers = new Map<string, Cell>();
  private readonly measured = new Map<OutcomeClass, Buckets>();

  constructor(
    private readonly requests: Tally,
    private readonly duration: Distribution,
    private readonly route: { readonly plane: Plane; readonly template: string; readonly method: string },
  ) {
    // What the service level is reckoned with exists before the first failure.
    const { plane } = route;
    if (plane === 'data' || plane === 'auth')
      for (const code of [500, 503]) this.answer(code, 'gateway_error');
  }

  /** @param seconds from the request's first byte to the answer's last */
  answered(code: number, outcomeClass: OutcomeClass, seconds: number): void {
    this.answer(code, outcomeClass).add();
    let measured = this.measured.get(outcomeClass);
    if (measured === undefined) {
      const { plane, template } = this.route;
      // The admin API has a hundred routes, and nobody waits for one more than for another.
      measured = this.duration.of(plane, plane === 'admin' ? 'admin' : template, outcomeClass);
      this.measured.set(outcomeClass, measured);
    }
    measured.observe(seconds);
  }

  private answer(code: number, outcomeClass: OutcomeClass): Cell {
    const key = `${code}${outcomeClass}`;
    let cell = this.answers.get(key);
    if (cell === undefined) {
      const { plane, template, method } = this.route;
      cell = this.requests.of(plane, template, method, String(code), outcomeClass);
      this.answers.set(key, cell);
    }
    return cell;
  }
}

/** The side of those who call us. */
export class HttpMetrics {
  private readonly requests: Tally;
  private readonly duration: Distribution;
  private readonly gone: Readonly<Record<Plane, Cell>>;
  private readonly inFlight: Record<Plane, number> = { data: 0, auth: 0, admin: 0, other: 0 };

  constructor(families: Families) {
    const labels = ['plane', 'route', 'method', 'code', 'outcome_class'];
    this.requests = families.counter('http_requests_total', 'Answers sent to callers', labels);
    const measured = ['plane', 'route', 'outcome_class'];
    const help = 'From a request to its answer';
    this.duration = families.traced('http_request_duration_seconds', help, BUCKETS.http, measured);
    const gone = families.counter('http_client_gone_total', 'Callers that left before their answer', [
      'plane',
    ]);
    this.gone = byPlane((plane) => gone.of(plane));
    const inFlight = families.gauge('http_requests_in_flight', 'Requests that have no answer yet', ['plane']);
    families.sample(() => {
      for (const plane of PLANES) inFlight.set({ plane }, this.inFlight[plane]);
    });
  }

  /**
   * @param template the route as it was registered, `other` where there is none
   * @param method `any` where a route takes several
   */
  route(plane: Plane, template: string, method: string): RouteSeries {
    const route = { plane, template, method: method === 'any' ? method : closed(METHODS, method) };
    return new RouteSeries(this.requests, this.duration, route);
  }

  arrived(plane: Plane): void {
    this.inFlight[plane] += 1;
  }

  /** The answer's last byte, or the end of the connection. */
  left(plane: Plane): void {
    this.inFlight[plane] -= 1;
  }

  callerGone(plane: Plane): void {
    this.gone[plane].add();
  }
}

function byPlane<T>(make: (plane: Plane) => T): Record<Plane, T> {
  return Object.fromEntries(PLANES.map((plane) => [plane, make(plane)])) as Record<Plane, T>;
}
