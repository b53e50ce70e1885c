import { describe, expect, test } from 'vitest';
import { webviewStrings } from '../../proto/messages/webview-strings';
import type { NodeStatus } from '../../proto/model/build-graph';
import { foretoldOf } from './card';
import { nodeLabel, placesInGroups, statusOf, statusParts, summary } from './describe';
import { twoStages } from './small-graph.test-data';
import { textsFrom } from './texts';

const texts = textsFrom(webviewStrings);

describe('descriptions', () => {
  test('a node says what it is, where it stands and how it went', () => {
    const node = twoStages.nodes[4];
    if (node === undefined) throw new Error('no node');
    const place = placesInGroups(twoStages).get('b.2');
    const status = {
      state: 'done',
      started: 0,
      completed: 4200,
      warnings: [{ text: 'Odd' }],
    } as const;
    expect(nodeLabel(node, status, place, 0, texts)).toBe(
      'RUN b.2, Command, b, step 2 of 2, done, 4.2 s, 1 warning, 3 inputs',
    );
  });
  test('a step that another build had begun says so', () => {
    const [node] = twoStages.nodes;
    if (node === undefined) throw new Error('no node');
    const status = { state: 'done', started: 0, joined: 73_000, completed: 85_000 } as const;
    expect(statusParts(node, status, 0, texts).join(' · ')).toBe(
      'done · 1 min 25 s · begun by another build, 1 min 13 s before this one',
    );
  });
  const unknown = { outcome: 'unknown' } as const;
  const run = { outcome: 'run' } as const;
  test.each<[string, NodeStatus, 'run' | 'unknown' | undefined, string]>([
    [
      'a step that was never built',
      { state: 'unknown', prediction: unknown },
      undefined,
      'not built',
    ],
    [
      'a built step of which nothing is known now',
      { state: 'cached', prediction: unknown },
      'unknown',
      'cached · next time unknown',
    ],
    [
      'a built step that runs next',
      { state: 'cached', prediction: run },
      'run',
      'cached · runs next time',
    ],
    ['a step that will run', { state: 'predicted-run', prediction: run }, undefined, 'will run'],
  ])('what is expected: %s', (_, status, sign, words) => {
    const [node] = twoStages.nodes;
    if (node === undefined) throw new Error('no node');
    expect(foretoldOf(status)).toBe(sign);
    expect(statusParts(node, status, 0, texts).join(' · ')).toBe(words);
  });
  test('the graph is counted by state', () => {
    const status = { 'a.1': { state: 'cached' }, 'a.2': { state: 'failed' } } as const;
    expect(summary({ ...twoStages, status }, texts)).toBe('5 steps · 1 failed · 1 cached');
  });
  test('a node id that objects inherit has no status', () => {
    expect(statusOf(twoStages, 'constructor').state).toBe('unknown');
  });
  test('translations replace texts, missing ones fall back', () => {
    const german = textsFrom(webviewStrings, { 'state.cached': 'aus dem Cache' });
    expect(german('state.cached')).toBe('aus dem Cache');
    expect(german('summary.done', 3)).toBe('3 done');
  });
});
