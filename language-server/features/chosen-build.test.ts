/** What the chosen build gives a file counts before its own defaults. */
import { CompletionRequest, HoverRequest, InlayHintRequest } from 'vscode-languageserver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BuildArgumentsNotification } from '../../proto/messages/language-server';
import { startTestServer, type OpenText, type TestServer } from '../testing/protocol';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const text =
  'ARG BASE=alpine\nFROM $BASE\nARG DIR=/own\nENV SET=/env\nARG SET\nWORKDIR $D|IR/$SET\n';

const hints = async ({ uri }: OpenText): Promise<unknown[]> => {
  const range = { start: { line: 0, character: 0 }, end: { line: 6, character: 0 } };
  const found = await server.client.sendRequest(InlayHintRequest.type, {
    textDocument: { uri },
    range,
  });
  return (found ?? []).map(({ label }) => label);
};
const hover = async ({ at }: OpenText): Promise<string> =>
  JSON.stringify((await server.client.sendRequest(HoverRequest.type, at))?.contents);

test('the files of a build are those of its context, ignored by the file there', async () => {
  const own = await startTestServer(
    {},
    {
      '.dockerignore': 'go.*',
      'go.mod': '',
      'app/.dockerignore': '*.key',
      'app/a.key': '',
      'app/main.c': '',
    },
  );
  const found = async ({ uri }: OpenText, version: number): Promise<unknown[]> => {
    const isIt = (one: { uri: string; version?: number }) =>
      one.uri === uri && one.version === version;
    await expect.poll(() => own.published.some(isIt)).toBe(true);
    return (
      own.published
        .findLast(isIt)
        ?.diagnostics.map(({ code, range }) => [code, range.start.line]) ?? []
    );
  };
  const open = await own.open('FROM a\nCOPY go.mod /\nCOPY a.key /\nCOPY |main.c /\n');
  expect(await found(open, 1)).toEqual([
    ['CopyIgnoredFile', 1],
    ['missing-source', 2],
    ['missing-source', 3],
  ]);
  const before = own.published.length;
  await own.client.sendNotification(BuildArgumentsNotification, {
    uri: open.uri,
    buildArgs: {},
    context: 'app',
  });
  await expect.poll(() => own.published.length).toBeGreaterThan(before);
  expect(await found(open, 1)).toEqual([
    ['CopyIgnoredFile', 2],
    ['missing-source', 1],
  ]);
  const answer = await own.client.sendRequest(CompletionRequest.type, open.at);
  const items = Array.isArray(answer) ? answer : (answer?.items ?? []);
  expect(items.map(({ label }) => label).filter((label) => !label.startsWith('--'))).toEqual([
    '.dockerignore',
    'main.c',
  ]);
  await own.stop();
});

test.each([
  [{}, ['alpine', '/own//env'], 'ARG DIR=/own', '`--build-arg` changes it.'],
  [
    { BASE: 'debian', DIR: '/given' },
    ['debian', '/given//env'],
    'ARG DIR=/given',
    'The build that is chosen gives it this value.',
  ],
  [{ OTHER: 'x' }, ['alpine', '/own//env'], 'ARG DIR=/own', '`--build-arg` changes it.'],
])('a build that gives %j', async (buildArgs, expected, value, note) => {
  const open = await server.open(text);
  await server.client.sendNotification(BuildArgumentsNotification, { uri: open.uri, buildArgs });
  expect(await hints(open)).toEqual(expected);
  const shown = await hover(open);
  expect(shown).toContain(value);
  expect(shown).toContain(note);
});
