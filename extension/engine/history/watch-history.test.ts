import { createServer, type ServerHttp2Session } from 'node:http2';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../../proto/client/connect';
import { ListWorkersResponse } from '../../../proto/generated/control';
import { buildkitVersion, keepsHistory, requireUsable } from '../builder/builder-info';
import { missingFeatures } from '../builder/features';
import { watchHistory, type HistoryChange } from './watch-history';

/** A daemon of before 0.11: it knows its workers and nothing of histories or versions. */
const folder = mkdtempSync(join(tmpdir(), 'llb-lens-old-'));
const path = join(folder, 'buildkitd.sock');
const server = createServer();
const sessions = new Set<ServerHttp2Session>();

beforeAll(async () => {
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    const head = { ':status': 200, 'content-type': 'application/grpc' };
    stream.on('error', () => undefined);
    if (headers[':path'] !== '/moby.buildkit.v1.Control/ListWorkers') {
      const grpc = { 'grpc-status': '12', 'grpc-message': 'unknown method' };
      stream.respond({ ...head, ...grpc }, { endStream: true });
      return;
    }
    const message = ListWorkersResponse.encode({ record: [{ id: 'w' }] });
    const frame = Buffer.alloc(5 + message.length);
    frame.writeUInt32BE(message.length, 1);
    frame.set(message, 5);
    stream.respond(head, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(frame);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
});
afterAll(() => {
  for (const session of sessions) session.destroy();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a builder of before 0.11 can be looked at, and builds are refused in plain words', async () => {
  const connection = await connect(`unix://${path}`);
  try {
    expect(await buildkitVersion(connection)).toBeUndefined();
    expect(await keepsHistory(connection)).toBe(false);
    await expect(requireUsable(connection)).rejects.toThrow('older than 0.11. Update it');
    const changes: HistoryChange[] = [];
    await watchHistory({
      connect: () => Promise.resolve(connection),
      lost: () => undefined,
      env: {},
      onChange: (change) => changes.push(change),
      signal: new AbortController().signal,
    });
    expect(changes.map(({ state }) => state)).toEqual(['unsupported']);
    expect(changes[0]?.message).toContain('BuildKit 0.11');
  } finally {
    connection.close();
  }
});

test('what is missing follows from capabilities, not from versions', () => {
  const all = missingFeatures(new Set(), false);
  expect(all[0]).toContain('not remembered');
  const some = missingFeatures(new Set(['mergeop', 'diffop', 'gateway.exec.filesystem']), true);
  expect(some.some((text) => text.includes('COPY --link'))).toBe(false);
  expect(some.length).toBe(all.length - 4);
});
