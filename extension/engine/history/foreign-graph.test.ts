import { describe, expect, test } from 'vitest';
import { parseDigest, type Digest } from '../../../proto/model/digest';
import type { StatusUpdate } from '../../../proto/model/live-graph';
import { ForeignGraph, plainName } from './foreign-graph';
import { namedSteps } from './named-steps';

function digest(letter: string): Digest {
  const parsed = parseDigest(`sha256:${letter.repeat(64)}`);
  if (parsed === undefined) throw new Error(`${letter} makes no digest`);
  return parsed;
}

const vertex = (letter: string, name: string, ...inputs: string[]) => ({
  digest: digest(letter),
  inputs: inputs.map(digest),
  name,
  cached: false,
  started: 1,
  error: '',
});
const update = (...vertexes: StatusUpdate['vertexes'][number][]): StatusUpdate => ({
  vertexes,
  statuses: [],
  logs: [],
  warnings: [],
});

describe('the graph of a build that was started elsewhere', () => {
  test('inputs come before their users, in whatever order they were told', () => {
    const foreign = new ForeignGraph();
    foreign.apply(update(vertex('c', '[app 2/2] RUN b', 'b'), vertex('b', '[app 1/2] RUN a', 'a')));
    const before = foreign.graph();
    foreign.apply(update(vertex('a', '[base 1/1] FROM x')));
    const { nodes, groups, results } = foreign.graph();
    expect(nodes.map(({ name }) => name)).toEqual(['FROM x', 'RUN a', 'RUN b']);
    expect(nodes.map(({ inputs }) => inputs.length)).toEqual([0, 1, 1]);
    expect(groups.map(({ name }) => name)).toEqual(['base', 'app']);
    expect(results).toEqual([nodes.at(-1)?.id]);
    for (const node of before.nodes) expect(nodes.map(({ id }) => id)).toContain(node.id);
  });

  test('a step that began before the build itself is marked', () => {
    const foreign = new ForeignGraph();
    foreign.began(5000);
    const own = { ...vertex('b', 'own'), started: 5000 };
    foreign.apply(update(vertex('a', 'theirs'), own, { ...vertex('c', 'known'), cached: true }));
    const { nodes, status } = foreign.graph();
    expect(nodes.map(({ name, id }) => [name, status[id]?.joined])).toEqual([
      ['theirs', 5000],
      ['own', undefined],
      ['known', undefined],
    ]);
  });

  test('a stream that goes round in circles is drawn all the same', () => {
    const foreign = new ForeignGraph();
    foreign.apply(update(vertex('a', 'a', 'b'), vertex('b', 'b', 'a')));
    expect(foreign.graph().nodes).toHaveLength(2);
  });

  test('steps without LLB are found in the text by their names and marked', async () => {
    const text = 'FROM alpine AS base\nRUN make \\\n  all\nRUN make \\\n  all\nRUN twice\n';
    const byName = await namedSteps(text, 'Dockerfile', {});
    const foreign = new ForeignGraph();
    foreign.know({ byName, sources: [], notes: [] });
    const image = `[1/4] FROM docker.io/library/alpine:latest@sha256:${'0'.repeat(64)}`;
    foreign.apply(update(vertex('a', image), vertex('b', '[4/4] RUN twice', 'a')));
    const { nodes, status } = foreign.graph();
    expect(nodes.map(({ kind, ranges }) => [kind, ranges[0]?.start.line])).toEqual([
      ['image', 1],
      ['exec', 6],
    ]);
    expect(nodes.map(({ id }) => status[id]?.matchedByName)).toEqual([true, true]);
  });
});

test('a base image’s digest is no part of a step’s plain name', () => {
  expect(plainName(`FROM a@sha256:${'0'.repeat(64)}`)).toBe('FROM a');
});
