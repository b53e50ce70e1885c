import { describe, expect, test } from 'vitest';
import * as ops from '../proto/generated/ops';
import { digestOf } from '../proto/model/digest';
import { definitionGraph, definitionOp } from './definition-graph';
import { opJson } from './op-json';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

describe('the graph of a file of LLB', () => {
  const source = ops.Op.encode({ source: { identifier: 'docker-image://docker.io/library/x:1' } });
  const run = ops.Op.encode({
    inputs: [{ digest: digestOf(source), index: 0n }],
    exec: { meta: { args: ['make'], cwd: '/' }, mounts: [{ input: 0n, dest: '/', output: 0n }] },
  });
  const end = ops.Op.encode({ inputs: [{ digest: digestOf(run), index: 0n }] });

  test('has a node for each op', () => {
    const definition = ops.Definition.create({ def: [source, run, end] });
    const graph = definitionGraph({ data: base64(ops.Definition.encode(definition)) });
    expect(graph.nodes.map(({ kind, digest }) => [kind, digest])).toEqual([
      ['image', digestOf(source)],
      ['exec', digestOf(run)],
    ]);
  });

  test('gives any of its ops whole, as JSON', () => {
    const data = base64(ops.Definition.encode(ops.Definition.create({ def: [source, run, end] })));
    const [, step] = definitionGraph({ data }).nodes;
    const op = definitionOp({ data }, step?.neutralDigest ?? '');
    const json: unknown = op && JSON.parse(opJson(op));
    expect(json).toMatchObject({ exec: { meta: { args: ['make'] } } });
    expect(definitionOp({ data }, 'another')).toBeUndefined();
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['text', new TextEncoder().encode('FROM alpine\nRUN true\n')],
  ])('refuses %s', (_, bytes) => {
    expect(() => definitionGraph({ data: base64(bytes) })).toThrow(Error);
  });
});
