/** What is said of a failure: BuildKit's words, exit code and output on the left, the hint on the right. */
import { describe, expect, test } from 'vitest';
import type { Op } from '../../../proto/model/op';
import { type FailureFacts, failureHint } from './failure-hints';

const nobody = () => Promise.resolve(undefined);

function facts(given: Partial<FailureFacts>): FailureFacts {
  return { message: '', exitCode: 1, output: '', op: undefined, ignoredBy: nobody, ...given };
}

const missing = 'failed to calculate checksum of ref k7p::x1: "/kept-out.txt": not found';
const copy: Op = { inputs: [], op: { kind: 'file', actions: [] } };
const run: Op = {
  inputs: [],
  op: {
    kind: 'exec',
    meta: {
      args: ['/bin/sh', '-c', './a'],
      env: [],
      cwd: '/',
      user: 'app',
      extraHosts: [],
      hostname: '',
      ulimits: [],
      cgroupParent: '',
      removeMountStubsRecursive: true,
      validExitCodes: [],
    },
    mounts: [],
    network: 'none',
    security: 'sandbox',
    secretEnv: [],
    cdiDevices: [],
  },
};

describe('a hint', () => {
  test.each<[string, Partial<FailureFacts>, RegExp | undefined]>([
    ['busybox misses a program', { exitCode: 127, output: '/bin/sh: gcc: not found' }, /"gcc"/],
    [
      'bash misses a program',
      { exitCode: 127, output: 'bash: line 1: go: command not found' },
      /"go"/,
    ],
    [
      'a cancelled commit',
      {
        exitCode: undefined,
        message:
          'failed to commit a1 to b2 during finalize: failed to stat active key during commit: snapshot a1 does not exist: not found',
      },
      /without the cache/,
    ],
    [
      'a script’s interpreter is missing',
      { exitCode: 127, output: '/bin/sh: ./run.sh: not found' },
      /#! line/,
    ],
    ['127 and no word', { exitCode: 127 }, /exit code 127/],
    [
      'an exec form misses its program',
      { exitCode: 127, output: 'exec: "npm": executable file not found in $PATH' },
      /"npm"/,
    ],
    [
      'a program of another processor',
      { exitCode: 255, output: 'exec /bin/tool: exec format error' },
      /^\/bin\/tool is no program/,
    ],
    [
      'a shell meets such a program',
      { exitCode: 126, output: 'sh: 1: ./tool: Exec format error' },
      /no program for/,
    ],
    [
      'a name that does not resolve',
      { output: "wget: bad address 'example.invalid'" },
      /could not reach the network/,
    ],
    [
      'a step that was given no network',
      { output: "wget: bad address 'example.invalid'", op: run },
      /network mode none/,
    ],
    ['a full disk', { output: 'tar: write error: No space left on device' }, /disk is full/],
    [
      'a program without the x bit',
      { exitCode: 126, output: 'sh: ./a: Permission denied', op: run },
      /executed by app/,
    ],
    ['a kill', { exitCode: 137 }, /killed \(exit code 137\)/],
    [
      'memory that the runtime says ran out',
      { exitCode: 137, message: 'exit code: 137: cannot allocate memory' },
      /^Memory ran out/,
    ],
    ['nothing known', { exitCode: 3, output: 'told' }, undefined],
    [
      'a file that is not there',
      { message: missing, exitCode: undefined, op: copy },
      /There is no \/kept-out\.txt/,
    ],
    [
      'a file that an ignore file keeps out',
      {
        message: missing,
        exitCode: undefined,
        op: copy,
        ignoredBy: () => Promise.resolve('.dockerignore'),
      },
      /\.dockerignore leaves it out/,
    ],
  ])('when %s', async (_, given, expected) => {
    const hint = await failureHint(facts(given));
    if (expected === undefined) expect(hint).toBeUndefined();
    else expect(hint).toMatch(expected);
  });
});
