import { describe, expect, it } from 'vitest';
import { digestOf } from './digest';
import { marshalOp, terminalOp } from './marshal';
import type { Op } from './op';
import { decodeOp } from './unmarshal';

const input = digestOf(new Uint8Array([1]));

const source: Op = {
  inputs: [],
  platform: { architecture: 'arm64', os: 'linux', variant: 'v8' },
  op: { kind: 'source', identifier: 'docker-image://x', attrs: { b: '2', a: '' } },
};

const copy: Op = {
  inputs: [{ digest: input, index: 1 }],
  op: {
    kind: 'file',
    actions: [
      {
        action: 'copy',
        input: -1,
        secondaryInput: 0,
        output: 0,
        src: '/a',
        dest: '/b/',
        owner: { user: { by: 'id', id: 0 }, group: { by: 'name', name: 'g', input: -1 } },
        mode: -1,
        modeStr: '',
        followSymlink: true,
        dirCopyContents: false,
        attemptUnpack: false,
        createDestPath: true,
        allowWildcard: false,
        allowEmptyWildcard: false,
        timestamp: -1n,
        includePatterns: ['x'],
        excludePatterns: [],
        alwaysReplaceExistingDestPaths: false,
        requiredPaths: [],
      },
    ],
  },
};

describe("bytes come in Go's order", () => {
  it('the kind of an op follows its platform and the empty constraints', () => {
    const hex = Buffer.from(marshalOp(source)).toString('hex');
    const platform = '5212' + '0a0561726d3634' + '12056c696e7578' + '1a027638';
    const attributes = '12050a01611200' + '12060a0162120132';
    const kind = '1a21' + '0a10' + Buffer.from('docker-image://x').toString('hex') + attributes;
    expect(hex).toBe(platform + '5a00' + kind);
  });

  it('the last op has its input alone', () => {
    const bytes = marshalOp(terminalOp({ digest: input, index: 0 }));
    expect(bytes.length).toBe(2 + 2 + input.length);
  });

  it('a user by number is written even when it is 0', () => {
    expect(Buffer.from(marshalOp(copy)).toString('hex')).toContain('0a021000');
  });
});

it.each([
  ['a source', source],
  ['a copy', copy],
  ['a merge', { inputs: [], op: { kind: 'merge', inputs: [0, 1] } } satisfies Op],
])('%s reads back as it was', (_what, op) => {
  expect(decodeOp(marshalOp(op))).toEqual(op);
});

it('a text that is not Unicode is refused with the words of BuildKit', () => {
  const op: Op = { inputs: [], op: { kind: 'source', identifier: 'a\udcff', attrs: {} } };
  expect(() => marshalOp(op)).toThrow('string field contains invalid UTF-8');
});
