import { spawnSync } from 'node:child_process';
import { expect, it } from '@jest/globals';

it('the README of the chart says of each value what values.yaml says', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/chart-readme.mjs', '--check'], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
