import { describe, expect, test } from '@jest/globals';
import { SingleUseGuard } from './single-use-guard.js';

describe('SingleUseGuard', () => {
  test('a token is taken once', () => {
    const guard = new SingleUseGuard(10, () => 1_000);
    expect(guard.take('a', 1_300)).toBeUndefined();
    expect(guard.take('a', 1_300)).toBe('spent');
  });

  test('a freed token can be taken again', () => {
    const guard = new SingleUseGuard(10, () => 1_000);
    guard.take('a', 1_300);
    guard.free('a', 1_300);
    expect(guard.take('a', 1_300)).toBeUndefined();
    expect(guard.size).toBe(1);
  });

  test('a token in doubt is neither spent nor free', () => {
    const guard = new SingleUseGuard(10, () => 1_000);
    guard.take('a', 1_300);
    guard.doubt('a');
    expect(guard.take('a', 1_300)).toBe('undecided');
    guard.free('a', 1_300);
    expect(guard.take('a', 1_300)).toBeUndefined();
  });

  test('when full it refuses new tokens and still knows the old ones', () => {
    const guard = new SingleUseGuard(2, () => 1_000);
    guard.take('a', 1_300);
    guard.take('b', 1_300);
    expect(guard.take('c', 1_300)).toBe('full');
    expect(guard.take('a', 1_300)).toBe('spent');
  });

  test('a token is held until it has expired, then its room is free', () => {
    let now = 1_000;
    const guard = new SingleUseGuard(1, () => now);
    guard.take('a', 1_300);
    now = 1_330;
    expect(guard.take('a', 1_300)).toBe('spent');
    now = 1_500;
    expect(guard.take('b', 1_800)).toBeUndefined();
    expect(guard.size).toBe(1);
  });
});
