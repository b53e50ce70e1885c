import { TextDocument } from 'vscode-languageserver-textdocument';
import { describe, expect, test } from 'vitest';
import type { GraphPatchParams } from '../proto/messages/language-server';
import { emptyGraph, type BuildGraph, type GraphNode } from '../proto/model/build-graph';
import { digestOf } from '../proto/model/digest';
import { applyPatch } from '../proto/model/graph-patch';
import { carryNodeIds } from '../proto/model/node-ids';
import type { BuildFile } from './build-file';
import { StaticGraphs } from './static-graphs';

const uri = 'file:///w/Dockerfile';

describe('the graphs of open files', () => {
  test('a patch leads from the version that was asked for to the next', async () => {
    const { graphs, patches } = setUp();
    const first = await graphs.request(file(1, 'a\nb'), {});
    await graphs.update(file(2, 'a\nnew\nb'));
    expect(patches).toHaveLength(1);
    const [patch] = patches;
    expect(patch).toMatchObject({ uri, documentVersion: 2, base: first.graphVersion });
    const next = applyPatch(first.graph, patch?.patch ?? {});
    expect(next.nodes.map((node) => node.name)).toEqual(['a', 'new', 'b']);
    expect(next.nodes[2]?.id).toBe(first.graph.nodes[1]?.id);
  });

  test('nothing is sent for a file whose graph nobody asked for, or no longer', async () => {
    const { graphs, patches } = setUp();
    await graphs.update(file(1, 'a'));
    await graphs.request(file(1, 'a'), {});
    graphs.close(uri);
    await graphs.update(file(2, 'b'));
    expect(patches).toEqual([]);
  });

  test('a compile that an edit has overtaken is not published', async () => {
    const { graphs, patches } = setUp();
    await graphs.request(file(1, 'a'), {});
    const slow = held();
    const overtaken = graphs.update(file(2, 'a\nslow', slow.promise));
    await graphs.update(file(3, 'a\nfast'));
    slow.release();
    await overtaken;
    expect(patches.map((patch) => patch.documentVersion)).toEqual([3]);
  });

  test('while nothing compiles, the last good graph stays and says why', async () => {
    const { graphs, patches } = setUp();
    await graphs.request(file(1, 'a'), {});
    await graphs.update(file(2, ''));
    expect(patches[0]?.patch).toEqual({ notes: ['empty'] });
  });
});

function setUp() {
  const patches: GraphPatchParams[] = [];
  return { patches, graphs: new StaticGraphs((patch) => patches.push(patch)) };
}

/** A file with one step a line. */
function file(version: number, text: string, until: Promise<void> = Promise.resolve()): BuildFile {
  return {
    document: TextDocument.create(uri, 'dockerfile', version, text),
    diagnostics: () => Promise.resolve([]),
    symbols: () => [],
    foldingRanges: () => [],
    targets: () => [],
    compile: async (_profile, previous = emptyGraph) => {
      await until;
      return text === ''
        ? { graph: undefined, notes: ['empty'] }
        : { graph: carryNodeIds(previous, graphOf(text.split('\n'))), notes: [] };
    },
  };
}

function graphOf(steps: readonly string[]): BuildGraph {
  const nodes = steps.map((name, index): GraphNode => {
    const digest = digestOf(new TextEncoder().encode(steps.slice(0, index + 1).join('\n')));
    return {
      id: String(index),
      digest,
      neutralDigest: digest,
      kind: 'exec',
      name,
      fullName: name,
      inputs: index === 0 ? [] : [{ node: String(index - 1), kind: 'input' }],
      ranges: [],
      details: [],
      internal: false,
      uncertain: false,
    };
  });
  return { ...emptyGraph, nodes };
}

function held(): { readonly promise: Promise<void>; readonly release: () => void } {
  let release: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => (release = resolve));
  return { promise, release };
}
