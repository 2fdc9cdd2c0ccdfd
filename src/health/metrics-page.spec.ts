import { expect, test } from '@jest/globals';
import { MetricsPage, OPEN_METRICS, PLAIN_TEXT } from './metrics-page.js';

class Rendering {
  nowMs = 0;
  made: string[] = [];
  failing = false;
  readonly page = new MetricsPage(
    { render: () => this.make('open'), renderPlain: () => this.make('plain') },
    () => this.nowMs,
  );

  private make(form: string): Promise<string> {
    this.made.push(form);
    return this.failing
      ? Promise.reject(new Error('no page'))
      : Promise.resolve(`${form} ${this.made.length}`);
  }
}

test('whoever scrapes within the same second gets the same page', async () => {
  const rendering = new Rendering();
  const pages = [rendering.page.read(null), rendering.page.read(null)];
  rendering.nowMs = 999;
  pages.push(rendering.page.read('openmetrics'));
  expect(await Promise.all(pages)).toEqual(pages.map(() => ({ type: OPEN_METRICS, page: 'open 1' })));
  rendering.nowMs = 1_000;
  expect(await rendering.page.read(null)).toEqual({ type: OPEN_METRICS, page: 'open 2' });
});

test('the two forms are made apart', async () => {
  const rendering = new Rendering();
  await rendering.page.read(null);
  expect(await rendering.page.read('text')).toEqual({ type: PLAIN_TEXT, page: 'plain 2' });
  expect(rendering.made).toEqual(['open', 'plain']);
});

test('a page that could not be made is tried again at once', async () => {
  const rendering = new Rendering();
  rendering.failing = true;
  await expect(rendering.page.read(null)).rejects.toThrow('no page');
  rendering.failing = false;
  expect(await rendering.page.read(null)).toMatchObject({ page: 'open 2' });
});
