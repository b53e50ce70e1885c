import { describe, expect, test } from 'vitest';
import { headPath, linePath } from './edge-path';

describe('edges', () => {
  test('a line stops before its head and rounds its corners', () => {
    const points = [
      { x: 0, y: 0 },
      { x: 0, y: 50 },
      { x: 80, y: 50 },
      { x: 80, y: 100 },
    ];
    expect(linePath(points)).toBe('M0 0L0 41Q0 50 9 50L71 50Q80 50 80 59L80 93');
    expect(headPath(points, 'filled')).toBe('M80 99.5L75.8 92L84.2 92Z');
  });
  test('an edge without a way draws nothing', () => {
    expect(linePath([])).toBe('');
    expect(headPath([], 'dot')).toBe('');
  });
});
