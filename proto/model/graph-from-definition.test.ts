/** From ops to graph: nodes, edges, groups, results, and digests that no session changes. */
import { describe, expect, it } from 'vitest';
import type { Definition, DefinitionOp } from './definition';
import { digestOf, type Digest } from './digest';
import { graphFromDefinitions } from './graph-from-definition';
import { marshalOp, terminalOp } from './marshal';
import { neutralDigests } from './neutral-digest';
import type { FileAction, Op } from './op';

const defined = (op: Op): DefinitionOp => {
  const bytes = marshalOp(op);
  return { digest: digestOf(bytes), bytes, op };
};

const copyAll: FileAction = {
  action: 'copy',
  src: '/',
  dest: '/app',
  mode: -1,
  modeStr: '',
  followSymlink: false,
  dirCopyContents: true,
  attemptUnpack: false,
  createDestPath: true,
  allowWildcard: true,
  allowEmptyWildcard: true,
  timestamp: -1n,
  includePatterns: [],
  excludePatterns: [],
  alwaysReplaceExistingDestPaths: false,
  requiredPaths: [],
  input: 0,
  secondaryInput: 1,
  output: 0,
};

/** image <- copy <- terminal, copy <- context; the context is tied to a session. */
function build(session: string): {
  definition: Definition;
  copy: DefinitionOp;
  context: DefinitionOp;
} {
  const image = defined({
    inputs: [],
    platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
    op: { kind: 'source', identifier: 'docker-image://docker.io/library/alpine:3.20', attrs: {} },
  });
  const context = defined({
    inputs: [],
    op: {
      kind: 'source',
      identifier: 'local://context',
      attrs: { 'local.session': session, 'local.sharedkeyhint': 'context' },
    },
  });
  const copy = defined({
    inputs: [
      { digest: image.digest, index: 0 },
      { digest: context.digest, index: 0 },
    ],
    op: { kind: 'file', actions: [copyAll] },
  });
  const end = defined(terminalOp({ digest: copy.digest, index: 0 }));
  const named = (
    op: DefinitionOp,
    name: string,
  ): [Digest, Definition['metadata'] extends ReadonlyMap<Digest, infer M> ? M : never] => [
    op.digest,
    { ignoreCache: false, description: { 'llb.customname': name }, caps: [] },
  ];
  const range = { start: { line: 3, character: 0 }, end: { line: 3, character: 0 } };
  return {
    copy,
    context,
    definition: {
      ops: [image, context, copy, end],
      metadata: new Map([
        named(image, '[app 1/2] FROM docker.io/library/alpine:3.20'),
        named(context, '[internal] load build context'),
        named(copy, '[app 2/2] COPY . /app'),
      ]),
      locations: new Map([[copy.digest, [{ sourceIndex: 0, ranges: [range] }]]]),
      sources: [{ filename: 'Dockerfile', language: 'Dockerfile', data: new Uint8Array() }],
    },
  };
}

const firstSession = 'a'.repeat(25);
const otherSession = 'b'.repeat(25);

describe('a graph from a definition', () => {
  const { definition } = build(firstSession);
  const graph = graphFromDefinitions([definition], {
    uris: { Dockerfile: 'file:///w/Dockerfile' },
  });

  it('has a node for each op but the terminal, in the stages that the names tell', () => {
    expect(
      graph.nodes.map(({ id, kind, name, group, platform, internal }) => [
        id,
        kind,
        name,
        group,
        platform,
        internal,
      ]),
    ).toEqual([
      [
        'stage:app/image-1',
        'image',
        'FROM docker.io/library/alpine:3.20',
        'stage:app',
        'linux/arm64/v8',
        false,
      ],
      ['/local-1', 'local', 'load build context', undefined, undefined, true],
      ['stage:app/file-1', 'file', 'COPY . /app', 'stage:app', undefined, false],
    ]);
    expect(graph.groups).toEqual([{ id: 'stage:app', name: 'app', kind: 'stage' }]);
    expect(graph.results).toEqual(['stage:app/file-1']);
  });

  it('tells a copy from a root file system, and where the step is written', () => {
    const copy = graph.nodes[2];
    expect(copy?.inputs).toEqual([
      { node: 'stage:app/image-1', kind: 'input' },
      { node: '/local-1', kind: 'copy', label: '/' },
    ]);
    expect(copy?.ranges).toEqual([
      { source: 0, start: { line: 3, character: 0 }, end: { line: 3, character: 0 } },
    ]);
    expect(graph.sources).toEqual([
      { filename: 'Dockerfile', language: 'Dockerfile', uri: 'file:///w/Dockerfile' },
    ]);
  });

  it('keeps one node for an op that two definitions share', () => {
    expect(graphFromDefinitions([definition, definition]).nodes).toHaveLength(3);
  });
});

describe('neutral digests', () => {
  const one = build(firstSession);
  const two = build(otherSession);

  it('are equal in two sessions whose true digests differ', () => {
    expect(one.context.digest).not.toBe(two.context.digest);
    expect(one.copy.digest).not.toBe(two.copy.digest);
    expect([...neutralDigests(one.definition).values()]).toEqual([
      ...neutralDigests(two.definition).values(),
    ]);
  });

  it('are those of a build whose session id is zeros', () => {
    const zeros = build('0'.repeat(25));
    expect([...neutralDigests(one.definition).values()]).toEqual([
      ...neutralDigests(zeros.definition).keys(),
    ]);
  });

  it('leave the bytes as they are, also those of a Buffer', () => {
    const ops = one.definition.ops.map((op) => ({ ...op, bytes: Buffer.from(op.bytes) }));
    neutralDigests({ ...one.definition, ops });
    expect(ops.map((op) => digestOf(op.bytes))).toEqual(ops.map((op) => op.digest));
  });
});
