import { describe, expect, test, vi } from 'vitest';
import * as ops from '../proto/generated/ops';
import { isOpMetadataBody } from '../proto/messages/op-metadata';
import { digestOf } from '../proto/model/digest';
import { DefinitionGraphs } from './definition-graph';
import { opResult } from './whole-op';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const uri = 'file:///build.pb';

describe('the graph of a file of LLB', () => {
  const definitions = new DefinitionGraphs();
  const source = ops.Op.encode({ source: { identifier: 'docker-image://docker.io/library/x:1' } });
  const run = ops.Op.encode({
    inputs: [{ digest: digestOf(source), index: 0n }],
    exec: { meta: { args: ['make'], cwd: '/' }, mounts: [{ input: 0n, dest: '/', output: 0n }] },
  });
  const end = ops.Op.encode({ inputs: [{ digest: digestOf(run), index: 0n }] });

  test('has a node for each op', () => {
    const definition = ops.Definition.create({ def: [source, run, end] });
    const graph = definitions.graph({
      uri,
      data: base64(ops.Definition.encode(definition)),
    });
    expect(graph.nodes.map(({ kind, digest }) => [kind, digest])).toEqual([
      ['image', digestOf(source)],
      ['exec', digestOf(run)],
    ]);
  });

  test('gives any of its ops whole: as JSON, and with what is said about it', () => {
    const definition = ops.Definition.create({
      def: [source, run, end],
      metadata: new Map([
        [
          digestOf(run),
          ops.OpMetadata.create({
            ignoreCache: true,
            description: new Map([['llb.customname', 'make it']]),
            exportCache: { value: false },
            caps: new Map([
              ['exec.meta.base', true],
              ['exec.cgroup', true],
              ['constraints', false],
            ]),
            progressGroup: { id: 'g1', name: 'everything', weak: true },
            linuxResources: { memory: 1n << 60n, cpusetCpus: '0-1' },
          }),
        ],
      ]),
    });
    const data = base64(ops.Definition.encode(definition));
    const [image, step] = definitions.graph({ uri, data }).nodes;
    const whole = opResult(definitions.op(uri, step?.neutralDigest ?? ''));
    expect(JSON.parse(whole.json ?? '')).toMatchObject({ exec: { meta: { args: ['make'] } } });
    expect(whole.metadata).toEqual({
      ignoreCache: true,
      description: { 'llb.customname': 'make it' },
      exportCache: false,
      caps: ['exec.cgroup', 'exec.meta.base'],
      progressGroup: { id: 'g1', name: 'everything', weak: true },
      linuxResources: { memory: '1152921504606846976', cpusetCpus: '0-1' },
    });
    expect(isOpMetadataBody(JSON.parse(JSON.stringify(whole.metadata)))).toBe(true);
    expect(opResult(definitions.op(uri, image?.neutralDigest ?? ''))).not.toHaveProperty(
      'metadata',
    );
    expect(opResult(definitions.op(uri, 'another'))).toEqual({});
  });

  test('is decoded once, however many ops are asked for, and let go when it is closed', () => {
    const decode = vi.spyOn(ops.Definition, 'decode');
    const file = new DefinitionGraphs();
    const data = base64(ops.Definition.encode(ops.Definition.create({ def: [source, run, end] })));
    const [image, step] = file.graph({ uri, data }).nodes;
    decode.mockClear();
    for (const node of [image, step, image, step])
      expect(file.op(uri, node?.neutralDigest ?? '')).toBeDefined();
    expect(decode).not.toHaveBeenCalled();
    expect(file.op('file:///other.pb', step?.neutralDigest ?? '')).toBeUndefined();
    // What is no definition any more has no ops.
    expect(() => file.graph({ uri, data: '' })).toThrow(Error);
    expect(file.has(uri)).toBe(false);
    file.graph({ uri, data });
    file.close(uri);
    expect(file.has(uri)).toBe(false);
    decode.mockRestore();
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['text', new TextEncoder().encode('FROM alpine\nRUN true\n')],
  ])('refuses %s', (_, bytes) => {
    expect(() => definitions.graph({ uri, data: base64(bytes) })).toThrow(Error);
  });
});
