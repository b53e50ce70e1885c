/** The same answers, as clients of different abilities can show them. */
import { expect, test } from 'vitest';
import {
  CompletionRequest,
  HoverRequest,
  MarkupContent,
  type Hover,
  type ClientCapabilities,
  type CompletionClientCapabilities,
  type CompletionItem,
  type MarkupKind,
} from 'vscode-languageserver';
import { startTestServer } from '../testing/protocol';

async function hoverFor(capabilities: ClientCapabilities): Promise<Hover['contents'] | undefined> {
  const server = await startTestServer(capabilities);
  const open = await server.open('FROM a\nCOPY --li|nk a /\n');
  const hover = await server.client.sendRequest(HoverRequest.type, open.at);
  await server.stop();
  return hover?.contents;
}

const wants = (...contentFormat: MarkupKind[]): ClientCapabilities => ({
  textDocument: { hover: { contentFormat } },
});

test.each([
  [
    'Markdown',
    wants('markdown'),
    { kind: 'markdown', value: /^\*\*--link\*\*[^]*\[Reference\]\(/ },
  ],
  ['plain text', wants('plaintext'), { kind: 'plaintext', value: /^--link[^]*Reference: https:/ }],
  [
    'plain text rather than Markdown',
    wants('plaintext', 'markdown'),
    { kind: 'plaintext', value: /^--link/ },
  ],
])('a hover for a client that wants %s', async (_, capabilities, { kind, value }) => {
  const contents = await hoverFor(capabilities);
  if (!MarkupContent.is(contents)) throw new Error('The text has no kind.');
  expect(contents.kind).toBe(kind);
  expect(contents.value).toMatch(value);
});

test('a hover for a client that names no format is a string', async () => {
  expect(await hoverFor({})).toMatch(/^\*\*--link\*\*/);
});

async function completionFor(
  completionItem: NonNullable<CompletionClientCapabilities['completionItem']>,
): Promise<CompletionItem> {
  const server = await startTestServer({ textDocument: { completion: { completionItem } } });
  const open = await server.open('FROM a\nMAIN|');
  const found = await server.client.sendRequest(CompletionRequest.type, open.at);
  await server.stop();
  const items = Array.isArray(found) ? found : (found?.items ?? []);
  const [item] = items;
  if (item === undefined) throw new Error('Nothing was offered.');
  return item;
}

test.each([
  [{}, { kind: 'plaintext', tags: undefined, deprecated: undefined }],
  [
    { documentationFormat: ['markdown'], deprecatedSupport: true },
    { kind: 'markdown', tags: undefined, deprecated: true },
  ],
  [
    { documentationFormat: ['plaintext', 'markdown'], tagSupport: { valueSet: [1] } },
    { kind: 'plaintext', tags: [1], deprecated: undefined },
  ],
] satisfies [
  NonNullable<CompletionClientCapabilities['completionItem']>,
  { kind: MarkupKind; tags: number[] | undefined; deprecated: boolean | undefined },
][])('completion for a client with %j', async (client, expected) => {
  const { documentation, tags, command, ...item } = await completionFor(client);
  const deprecated: unknown = Object.entries(item).find(([name]) => name === 'deprecated')?.[1];
  const kind = typeof documentation === 'object' ? documentation.kind : undefined;
  expect({ kind, tags, deprecated }).toEqual(expected);
  // Only our own extension has the commands of VS Code behind it.
  expect(command).toBeUndefined();
});
