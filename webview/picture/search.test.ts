import { describe, expect, test } from 'vitest';
import type { BuildGraph } from '../../proto/model/build-graph';
import { criticalPath } from './critical-path';
import { search } from './search';
import { graph, twoStages } from './small-graph.test-data';

describe('searching', () => {
  const built: BuildGraph = {
    ...twoStages,
    nodes: twoStages.nodes.map((node) =>
      node.id === 'b.1' ? { ...node, platform: 'linux/arm64' } : node,
    ),
    status: {
      'a.1': { state: 'done', prediction: { outcome: 'run', onSave: true } },
      'a.2': { state: 'failed', error: 'exit 7' },
      'b.2': { state: 'done', difference: { kind: 'changed', reasons: [] } },
    },
  };
  test.each([
    ['', undefined],
    ['stage:', undefined],
    ['run', ['context', 'a.1', 'a.2', 'b.1', 'b.2']],
    ['RUN .2', ['a.2', 'b.2']],
    ['"run b"', ['b.1', 'b.2']],
    ['stage:a', ['a.1', 'a.2']],
    ['stage:a .2', ['a.2']],
    ['status:failed', ['a.2']],
    ['exit', ['a.2']],
    ['kind:image', []],
    ['nothing:here', []],
    ['platform:arm', ['b.1']],
    ['now:run', ['a.1']],
    ['save:runs', ['a.1']],
    ['since:changed', ['b.2']],
  ] as const)('%j finds %j', (query, found) => {
    expect(search(built, query)).toEqual(found);
  });
});

describe('the critical path', () => {
  const ran = (seconds: number) => ({
    state: 'done' as const,
    started: 0,
    completed: seconds * 1000,
  });
  const diamond = graph({ a: [], b: ['a'], c: ['a'], d: ['b', 'c'] });

  test('goes through the slower branch', () => {
    const status = { a: ran(1), b: ran(2), c: ran(5), d: ran(1) };
    expect(criticalPath({ ...diamond, status }, 0)).toEqual({
      nodes: ['a', 'c', 'd'],
      duration: 7000,
    });
  });

  test('steps from the cache cost nothing, running ones what they took so far', () => {
    const status = {
      a: ran(1),
      b: { state: 'running' as const, started: 1000 },
      c: { state: 'cached' as const, started: 0, completed: 9000 },
    };
    expect(criticalPath({ ...diamond, status }, 4000)).toEqual({
      nodes: ['a', 'b'],
      duration: 4000,
    });
  });

  test('is empty before anything ran', () => {
    expect(criticalPath(diamond, 0)).toEqual({ nodes: [], duration: 0 });
  });
});
