import type { Counter } from 'prom-client';

/** One series of a counter: counts in a plain number, which is what a call pays for it. */
export class Cell {
  private uncollected = 0;

  constructor(
    private readonly counter: Counter,
    private readonly labels: Readonly<Record<string, string>>,
  ) {
    // The series exists from now on, at 0: without it the first event is invisible to `increase()`.
    counter.inc(labels, 0);
  }

  add(count = 1): void {
    this.uncollected += count;
  }

  /** Hands over what was counted since the last page. */
  collect(): void {
    if (this.uncollected === 0) return;
    this.counter.inc(this.labels, this.uncollected);
    this.uncollected = 0;
  }
}

/** The series of one counter, found by their label values. */
export class Tally {
  private readonly cells = new Map<string, Cell>();

  /** @param labels in the order in which `of` takes their values */
  constructor(
    private readonly counter: Counter,
    private readonly labels: readonly string[],
  ) {}

  /** @returns the series of these values; made, at 0, when there is none. Keep it where a call needs it */
  of(...values: readonly string[]): Cell {
    const key = values.join('|');
    let cell = this.cells.get(key);
    if (cell === undefined) {
      const labels = Object.fromEntries(this.labels.map((name, at) => [name, values[at]!]));
      cell = new Cell(this.counter, labels);
      this.cells.set(key, cell);
    }
    return cell;
  }

  collect(): void {
    for (const cell of this.cells.values()) cell.collect();
  }
}
