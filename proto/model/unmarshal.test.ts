import { describe, expect, test } from 'vitest';
import * as pb from '../generated/ops';
import { WireError } from '../wire/reader';
import { digestOf } from './digest';
import { decodeOp, definitionFromPb, definitionToPb } from './unmarshal';

const input = digestOf(new Uint8Array([1]));

describe('decodeOp', () => {
  test.each([
    [
      'a RUN with a cache mount',
      pb.Op.encode({
        inputs: [{ digest: input, index: 0n }],
        exec: {
          meta: { args: ['/bin/sh', '-c', 'true'], env: ['A=b'], cwd: '/w' },
          network: pb.NetMode.NONE,
          mounts: [
            { dest: '/', input: 0n, output: 0n },
            {
              dest: '/cache',
              input: -1n,
              output: -1n,
              mountType: pb.MountType.CACHE,
              cacheOpt: { id: 'c', sharing: pb.CacheSharingOpt.LOCKED },
            },
          ],
        },
      }),
      {
        kind: 'exec',
        network: 'none',
        security: 'sandbox',
        meta: { args: ['/bin/sh', '-c', 'true'], env: ['A=b'], cwd: '/w' },
        mounts: [
          { dest: '/', input: 0, output: 0, type: 'bind' },
          { input: -1, output: -1, type: 'cache', cache: { id: 'c', sharing: 'locked' } },
        ],
      },
    ],
    [
      'a copy by a named owner',
      pb.Op.encode({
        file: {
          actions: [
            {
              input: 0n,
              secondaryInput: 1n,
              copy: {
                src: '/a',
                mode: -1,
                timestamp: -1n,
                owner: { user: { byName: { name: 'u', input: 0n } }, group: { byId: 0 } },
              },
            },
          ],
        },
      }),
      {
        kind: 'file',
        actions: [
          {
            action: 'copy',
            src: '/a',
            mode: -1,
            timestamp: -1n,
            owner: { user: { by: 'name', name: 'u', input: 0 }, group: { by: 'id', id: 0 } },
          },
        ],
      },
    ],
    [
      'a source',
      pb.Op.encode({ source: { identifier: 'local://c', attrs: new Map([['k', 'v']]) } }),
      { kind: 'source', identifier: 'local://c', attrs: { k: 'v' } },
    ],
    [
      'the op that points at the result',
      pb.Op.encode({ inputs: [{ digest: input }] }),
      { kind: 'terminal' },
    ],
    [
      'a merge',
      pb.Op.encode({ merge: { inputs: [{ input: 0n }, { input: 1n }] } }),
      { kind: 'merge', inputs: [0, 1] },
    ],
    [
      'a diff from scratch',
      pb.Op.encode({ diff: { lower: { input: -1n }, upper: { input: 0n } } }),
      { kind: 'diff', lower: -1, upper: 0 },
    ],
    [
      'an op of a later BuildKit',
      pb.Op.encode({ inputs: [{ digest: input }], passthrough: { id: 'x' } }),
      { kind: 'unknown' },
    ],
  ])('reads %s', (_, bytes, expected) => {
    expect(decodeOp(bytes).op).toMatchObject(expected);
  });

  test('refuses an input that is no digest', () => {
    expect(() => decodeOp(pb.Op.encode({ inputs: [{ digest: 'nonsense' }] }))).toThrow(WireError);
  });
});

test('a definition goes out as it came in, op bytes untouched', () => {
  // Fields in an order that our own encoder would not choose: platform (10) before source (3).
  const bytes = new Uint8Array([
    ...pb.Op.encode({ platform: { os: 'linux', architecture: 'amd64' } }),
    ...pb.Op.encode({ source: { identifier: 'docker-image://a' } }),
  ]);
  const sent = pb.Definition.create({
    def: [bytes],
    metadata: new Map([
      [
        digestOf(bytes),
        {
          caps: new Map([['source.image', true]]),
          linuxResources: { memory: 1n << 40n, cpusetCpus: '0-1' },
          description: new Map([['llb.customname', 'n']]),
        },
      ],
    ]),
    source: {
      locations: new Map([
        [
          digestOf(bytes),
          { locations: [{ sourceIndex: 0, ranges: [{ start: { line: 1 }, end: { line: 1 } }] }] },
        ],
      ]),
      infos: [
        {
          filename: 'Dockerfile',
          language: 'Dockerfile',
          data: new Uint8Array([70]),
          definition: {},
        },
      ],
    },
  });
  const definition = definitionFromPb(sent);
  expect(definition.ops[0]).toMatchObject({
    digest: digestOf(bytes),
    op: { platform: { os: 'linux' }, op: { kind: 'source' } },
  });
  expect(definition.locations.get(digestOf(bytes))?.[0]?.ranges[0]?.start.line).toBe(1);
  const back = definitionToPb(definition);
  expect(back.def[0]).toBe(definition.ops[0]?.bytes);
  expect(pb.Definition.encode(back)).toEqual(pb.Definition.encode(sent));
});
