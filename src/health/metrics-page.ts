import { Metrics } from '../telemetry/metrics.js';

export const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
export const PLAIN_TEXT = 'text/plain; version=0.0.4; charset=utf-8';
/** However many scrape at once, the page is made once. */
const FRESH_MS = 1_000;

/** The page of metrics in its two forms, each made at most once a second. */
export class MetricsPage {
  private readonly pages = new Map<
    'open' | 'plain',
    { readonly page: Promise<string>; readonly atMs: number }
  >();

  /** @param clock monotonic milliseconds */
  constructor(
    private readonly metrics: Pick<Metrics, 'render' | 'renderPlain'>,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** @param format `text` for the older form, which has no exemplars */
  async read(format: string | null): Promise<{ readonly type: string; readonly page: string }> {
    if (format === 'text') {
      return { type: PLAIN_TEXT, page: await this.kept('plain', () => this.metrics.renderPlain()) };
    }
    return { type: OPEN_METRICS, page: await this.kept('open', () => this.metrics.render()) };
  }

  private kept(form: 'open' | 'plain', make: () => Promise<string>): Promise<string> {
    const now = this.clock();
    const kept = this.pages.get(form);
    if (kept && now - kept.atMs < FRESH_MS) return kept.page;
    const page = make();
    this.pages.set(form, { page, atMs: now });
    // A page that could not be made is not kept.
    page.catch(() => this.pages.delete(form));
    return page;
  }
}
