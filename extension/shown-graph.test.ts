import { describe, expect, test } from 'vitest';
import {
  emptyGraph,
  type BuildGraph,
  type GraphGroup,
  type GraphNode,
  type NodeStatus,
} from '../proto/model/build-graph';
import { compile, parse, tableResolver } from '../language-server/dockerfile';
import { digestOf, type Digest } from '../proto/model/digest';
import { graphFromDefinitions } from '../proto/model/graph-from-definition';
import { shownGraph } from './shown-graph';

describe('what is shown of a file', () => {
  test('the graph of the text, when nothing was built', () => {
    expect(ids(shownGraph(graph(['a', 'b']), undefined, emptyGraph))).toEqual(['a', 'b']);
  });

  test('the same steps carry the status of the running build', () => {
    const build = { graph: graph(['a', 'b'], { b: running }), active: true, unchanged: true };
    expect(states(shownGraph(graph(['a', 'b']), build, emptyGraph))).toEqual({ b: running });
  });

  test('a build of other steps is shown itself while it runs', () => {
    const build = { graph: graph(['a', 'x'], { x: running }), active: true, unchanged: true };
    expect(names(shownGraph(graph(['a', 'b']), build, emptyGraph))).toEqual(['a', 'x']);
  });

  test('after a build and an edit, what stayed the same is marked as from the last build', () => {
    const build = { graph: graph(['a', 'x'], { a: done }), active: false, unchanged: false };
    const shown = shownGraph(graph(['a', 'b']), build, emptyGraph);
    expect(names(shown)).toEqual(['a', 'b']);
    expect(states(shown)).toEqual({ a: { ...done, fromLastBuild: true } });
  });

  test('loads and exports of the build alone do not replace the graph of the text', () => {
    const live = graph(['a', 'load', 'export'], { a: done });
    const nodes = live.nodes.map((node): GraphNode =>
      node.name === 'load'
        ? { ...node, internal: true }
        : node.name === 'export'
          ? { ...node, kind: 'unknown' }
          : node,
    );
    const build = { graph: { ...live, nodes }, active: true, unchanged: true };
    expect(names(shownGraph(graph(['a']), build, emptyGraph))).toEqual(['a']);
  });

  test('nodes keep their ids when the build replaces the graph of the text', () => {
    const text = graph(['a', 'b']);
    const live = graph(['a', 'x']);
    const renamed = {
      ...live,
      nodes: live.nodes.map((node) => ({ ...node, id: `live-${node.id}` })),
    };
    const build = { graph: renamed, active: true, unchanged: true };
    expect(ids(shownGraph(text, build, text))).toEqual(['a', 'b']);
  });

  test('an edit in the middle of a build makes no node a new one but those typed in', async () => {
    const { text, live } = await graphsOf(stages(''));
    const building = { graph: live, active: true, unchanged: true };
    const shown = shownGraph(text, building, text);
    const edited = await graphsOf(stages('RUN two\n'));
    // The build of the text before is the truth until the session has taken the edit.
    const between = shownGraph(edited.text, { ...building, unchanged: false }, shown);
    const after = shownGraph(edited.text, { ...building, graph: edited.live }, between);
    const known = new Set([...ids(text), ...ids(shown), ...ids(between)]);
    const fresh = after.nodes.filter(({ id }) => !known.has(id));
    expect(fresh.map(({ name }) => name)).toEqual(['RUN two']);
    expect(ids(between)).toEqual(ids(text));
  });

  test('where the text does not compile, the build is all there is', () => {
    const build = { graph: graph(['a']), active: false, unchanged: false };
    expect(names(shownGraph(undefined, build, emptyGraph))).toEqual(['a']);
  });
});

const stages = (more: string): string =>
  `FROM scratch AS base\nCOPY a /a\nFROM base AS site\nRUN one\n${more}FROM scratch\nCOPY --from=site / /\nRUN last\n`;

/** A text's graph as the server makes it, and as a build tells it: stages by vertex names alone. */
async function graphsOf(
  dockerfile: string,
): Promise<{ readonly text: BuildGraph; readonly live: BuildGraph }> {
  const { results } = await compile(parse(dockerfile), {}, tableResolver([]));
  const definitions = results.map(({ definition }) => definition);
  const groups = {
    get: (digest: Digest): GraphGroup | undefined => {
      const stage = results[0]?.contents.get(digest)?.stage;
      return stage && { ...stage, kind: 'stage' };
    },
  };
  return {
    text: graphFromDefinitions(definitions, { groups }),
    live: graphFromDefinitions(definitions),
  };
}

const running: NodeStatus = { state: 'running', started: 1 };
const done: NodeStatus = { state: 'done', started: 1, completed: 2 };

const ids = ({ nodes }: BuildGraph) => nodes.map((node) => node.id);
const names = ({ nodes }: BuildGraph) => nodes.map((node) => node.name);
const states = ({ status }: BuildGraph) => status;

/** A chain of steps, each with its name as id. */
function graph(steps: readonly string[], status: Record<string, NodeStatus> = {}): BuildGraph {
  const nodes = steps.map((name, index): GraphNode => {
    const before = steps[index - 1];
    const digest = digestOf(new TextEncoder().encode(name));
    return {
      id: name,
      digest,
      neutralDigest: digest,
      kind: 'exec',
      name,
      fullName: name,
      inputs: before === undefined ? [] : [{ node: before, kind: 'input' }],
      ranges: [],
      details: [],
      internal: false,
      uncertain: false,
    };
  });
  return { ...emptyGraph, nodes, status };
}
