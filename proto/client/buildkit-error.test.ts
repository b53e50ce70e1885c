import { describe, expect, test } from 'vitest';
import * as errdefs from '../generated/errdefs';
import { Status } from '../generated/status';
import { BuildkitError, buildkitErrorOf, isCancelled } from './buildkit-error';
import { GrpcFailure } from './grpc/grpc-failure';

const digest = `sha256:${'ab'.repeat(32)}`;

/** A failed call with BuildKit's details in its trailer. */
function serviceError(details: readonly { typeUrl: string; value: Uint8Array }[]): Error {
  return new GrpcFailure(2, 'it failed', Status.encode({ code: 2, details }));
}

function json(type: string, value: unknown) {
  return {
    typeUrl: `github.com/moby/buildkit/${type}+json`,
    value: Buffer.from(JSON.stringify(value)),
  };
}

describe('typed errors', () => {
  test('a failed RUN', () => {
    const error = buildkitErrorOf(
      serviceError([
        json('stack.Stack', { frames: [] }),
        json('gatewayapi.ExitMessage', { Code: 42 }),
        json('errdefs.Solve', {
          inputIDs: ['in'],
          mountIDs: ['root', ''],
          op: {
            exec: {
              meta: { args: ['sh'] },
              mounts: [
                { dest: '/', output: '0' },
                { dest: '/c', mountType: 'CACHE' },
              ],
            },
          },
        }),
        json('errdefs.Source', {
          info: { filename: 'Dockerfile', data: Buffer.from('FROM a').toString('base64') },
          ranges: [
            { start: { line: 2 }, end: { line: 2 } },
            { start: { Line: 3 }, end: { Line: 3 } },
          ],
        }),
        json('errdefs.Vertex', { digest }),
        json('errdefs.Frontend', { name: 'dockerfile.v0' }),
      ]),
    );
    expect(error).toMatchObject({
      code: 2,
      message: 'it failed',
      details: {
        exit: { code: 42 },
        vertex: digest,
        frontend: { name: 'dockerfile.v0' },
        solve: {
          inputIds: ['in'],
          mountIds: ['root', ''],
          op: { op: { kind: 'exec', mounts: [{ type: 'bind' }, { type: 'cache' }] } },
        },
        sources: [
          { filename: 'Dockerfile', ranges: [{ start: { line: 2 } }, { start: { line: 3 } }] },
        ],
      },
    });
  });

  test.each([
    ['a file action', { file: { index: '1' } }, { kind: 'file', index: 1 }],
    ['a cache key', { cache: {} }, { kind: 'cache', index: 0 }],
  ])('name %s that failed', (_, detail, subject) => {
    const error = buildkitErrorOf(serviceError([json('errdefs.Solve', detail)]));
    expect(error.details.solve?.subject).toEqual(subject);
  });

  test('details may be plain protobuf', () => {
    const typeUrl = 'type.googleapis.com/errdefs.Vertex';
    const error = buildkitErrorOf(
      serviceError([{ typeUrl, value: errdefs.Vertex.encode({ digest }) }]),
    );
    expect(error.details.vertex).toBe(digest);
  });

  test.each([
    ['unknown details', [json('errdefs.NotYetInvented', {})]],
    [
      'garbled JSON',
      [{ typeUrl: 'github.com/moby/buildkit/errdefs.Solve+json', value: Buffer.from('{') }],
    ],
    ['no details', []],
  ])('%s leave the error as it is', (_, details) => {
    const error = buildkitErrorOf(serviceError(details));
    expect(error).toBeInstanceOf(BuildkitError);
    expect([error.message, error.details]).toEqual(['it failed', { sources: [] }]);
  });

  test('cancelling is told apart', () => {
    expect(isCancelled(buildkitErrorOf(new GrpcFailure(1, 'x')))).toBe(true);
    expect(isCancelled(new Error('x'))).toBe(false);
  });
});
