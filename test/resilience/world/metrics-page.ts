/** One scrape of `/metrics`, asked by name and labels. */
export class MetricsPage {
  private constructor(private readonly lines: readonly string[]) {}

  /** @param managementUrl of one gateway */
  static async read(managementUrl: string): Promise<MetricsPage> {
    const answer = await fetch(`${managementUrl}/metrics?format=text`, {
      signal: AbortSignal.timeout(5_000),
    });
    return MetricsPage.parse(await answer.text());
  }

  static parse(text: string): MetricsPage {
    return new MetricsPage(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')));
  }

  /** Sum of all series of this name that have these labels; 0 for none. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    let sum = 0;
    for (const line of this.lines) {
      const series = line.slice(0, line.lastIndexOf(' '));
      if (series !== name && !series.startsWith(`${name}{`)) continue;
      if (wanted.every((label) => series.includes(label))) sum += Number(line.slice(series.length + 1));
    }
    return sum;
  }
}

/** The same sum over all pods. */
export async function sumOverPods(
  managementUrls: readonly string[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const pages = await Promise.all(managementUrls.map((url) => MetricsPage.read(url)));
  return pages.reduce((sum, page) => sum + page.sum(name, labels), 0);
}
