import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Long from 'long';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import * as control from '../generated/control';
import * as errdefs from '../generated/errdefs';
import * as fsutil from '../generated/fsutil';
import * as gateway from '../generated/gateway';
import * as ops from '../generated/ops';
import { WireError } from './reader';

/** Another implementation of the same .proto files, to compare bytes with. */
const reference = new protobuf.Root();
for (const name of ['ops', 'fsutil']) {
  const text = readFileSync(join(import.meta.dirname, `../buildkit/${name}.proto`), 'utf8');
  protobuf.parse(text, reference, { keepCase: true });
}
reference.resolveAll();

function referenceBytes(type: string, value: Record<string, unknown>): Uint8Array {
  return Uint8Array.from(reference.lookupType(type).encode(value).finish());
}

describe('encoding agrees with protobufjs', () => {
  const nanoseconds = 1_763_762_400_123_456_789n;
  test.each([
    [
      'a file entry with a 64-bit time',
      fsutil.Stat.encode({ path: 'a/ü', mode: 0x800001ed, size: 5n, modTime: nanoseconds }),
      referenceBytes('fsutil.types.Stat', {
        path: 'a/ü',
        mode: 0x800001ed,
        size: 5,
        modTime: Long.fromBigInt(nanoseconds),
      }),
    ],
    [
      'negative indices and a nested oneof',
      ops.FileOp.encode({
        actions: [
          { input: 0n, secondaryInput: -1n, output: 0n, rm: { path: '/x', allowNotFound: true } },
        ],
      }),
      referenceBytes('pb.FileOp', {
        actions: [
          { input: 0, secondaryInput: -1, output: 0, rm: { path: '/x', allowNotFound: true } },
        ],
      }),
    ],
    [
      'negative 32-bit mode',
      ops.FileActionCopy.encode({ src: '/a', mode: -1, timestamp: -1n }),
      referenceBytes('pb.FileActionCopy', { src: '/a', mode: -1, timestamp: -1 }),
    ],
    [
      'packed numbers',
      ops.Meta.encode({ args: ['a', ''], validExitCodes: [0, 1, 255] }),
      referenceBytes('pb.Meta', { args: ['a', ''], validExitCodes: [0, 1, 255] }),
    ],
    [
      'a zero inside a oneof',
      ops.ChownOpt.encode({ user: { byId: 0 } }),
      referenceBytes('pb.ChownOpt', { user: { byID: 0 } }),
    ],
  ])('%s', (_, ours, theirs) => {
    expect(Uint8Array.from(ours)).toEqual(theirs);
  });
});

describe('decoding', () => {
  test('gives back what was encoded, times exact to the nanosecond', () => {
    const stat = { path: 'p', modTime: 9_007_199_254_740_993n, size: -1n };
    expect(fsutil.Stat.create(stat)).toMatchObject(stat);
  });

  test('fills every field that was not sent', () => {
    expect(ops.Mount.decode(new Uint8Array())).toEqual(ops.Mount.empty());
    expect(ops.UserOpt.decode(new Uint8Array())).toEqual({ byName: undefined, byId: undefined });
  });

  test('reads maps of messages', () => {
    const result = gateway.Result.create({
      refs: { refs: new Map([['linux/amd64', { id: 'one' }]]) },
      metadata: new Map([['k', new Uint8Array([1])]]),
    });
    expect(result.refs?.refs.get('linux/amd64')?.id).toBe('one');
    expect(result.ref).toBeUndefined();
  });

  test('reads numbers sent one by one where packing is usual', () => {
    expect(ops.PassthroughOp.decode(new Uint8Array([0x10, 1, 0x10, 2])).outputs).toEqual([1n, 2n]);
  });

  test('keeps the last member of a oneof', () => {
    const both = new Uint8Array([...ops.Op.encode({ merge: {} }), ...ops.Op.encode({ diff: {} })]);
    expect(ops.Op.decode(both)).toMatchObject({ merge: undefined, diff: {} });
  });

  test('skips fields that are newer than the tables', () => {
    const bytes = new Uint8Array([0xf8, 0x07, 0x05, ...control.StatusRequest.encode({ ref: 'r' })]);
    expect(control.StatusRequest.decode(bytes)).toEqual({ ref: 'r' });
  });

  test.each([
    ['a field longer than the message', [0x0a, 0x05, 0x61]],
    ['a cut varint', [0x08]],
    ['a wrong wire type', [0x08, 0x01]],
    ['an endless varint', [0x08, ...Array.from({ length: 11 }, () => 0xff)]],
  ])('refuses %s', (_, bytes) => {
    expect(() => control.StatusRequest.decode(new Uint8Array(bytes))).toThrow(WireError);
  });

  test('refuses messages nested without end', () => {
    let bytes: Uint8Array = new Uint8Array();
    for (let depth = 0; depth < 1000; depth++) {
      bytes = ops.Source.encode({ infos: [{ data: bytes }] });
      // Source.infos[].definition.Source…: the data field is turned into the definition field.
      bytes[bytes.indexOf(0x12, 1)] = 0x1a;
      bytes = new Uint8Array([0x1a, ...varint(bytes.length), ...bytes]);
    }
    expect(() => ops.Definition.decode(bytes)).toThrow(WireError);
  });
});

describe('JSON error details', () => {
  test('names match without case or underscores, enums by name, integers as text', () => {
    const solve = errdefs.Solve.fromJson({
      inputIDs: ['a'],
      mountIDs: ['', 'm'],
      op: { Exec: { network: 'HOST', mounts: [{ dest: '/', input: '0', output: '-1' }] } },
      file: { index: '2' },
    });
    expect(solve.mountIds).toEqual(['', 'm']);
    expect(solve.op?.exec?.network).toBe(ops.NetMode.HOST);
    expect(solve.op?.exec?.mounts[0]).toMatchObject({ dest: '/', input: 0n, output: -1n });
    expect(solve.file?.index).toBe(2n);
  });

  test('base64 bytes and capitalised positions of old daemons', () => {
    const source = errdefs.Source.fromJson({
      info: { filename: 'Dockerfile', data: 'RlJPTSBhCg==' },
      ranges: [{ start: { Line: 3, Character: 1 }, end: { line: 3 } }],
    });
    expect(new TextDecoder().decode(source.info?.data)).toBe('FROM a\n');
    expect(source.ranges[0]?.start).toEqual({ line: 3, character: 1 });
  });

  test.each([[null], ['text'], [{ inputIDs: 'no list', op: 5 }]])(
    'ignores what does not fit: %j',
    (value) => {
      expect(errdefs.Solve.fromJson(value).inputIds).toEqual([]);
    },
  );
});

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return [...bytes, rest];
}
