import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DocumentSymbolRequest,
  ExitNotification,
  FoldingRangeRequest,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
} from 'vscode-languageserver/node';
import {
  DaemonResolveImageRequest,
  GraphPatchNotification,
  GraphRequest,
  TargetsRequest,
  type DaemonResolveImageParams,
  type DaemonResolveImageResult,
  type GraphPatchParams,
  type GraphResult,
  type TargetsResult,
} from '../../proto/messages/language-server';
import type { BuildProfile } from '../../proto/messages/build-profile';
import { applyPatch } from '../../proto/model/graph-patch';

const text = `FROM alpine:3.20 as build
WORKDIR /src
COPY . .
RUN make

FROM build AS docs
RUN make docs

FROM scratch
COPY --from=build /src/out /
`;

let folder: string;
let server: ChildProcess;
let connection: ProtocolConnection;
let uri: string;
let count = 0;
const published: PublishDiagnosticsParams[] = [];
const patches: GraphPatchParams[] = [];
/** What the client's builder says of an image. */
let images: (params: DaemonResolveImageParams) => DaemonResolveImageResult = () => ({
  outcome: 'offline',
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llb-lens-lsp-'));
  server = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'main.ts'), '--stdio'],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, XDG_CACHE_HOME: folder } },
  );
  if (server.stdout === null || server.stdin === null) throw new Error('no pipes');
  connection = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
    published.push(params);
  });
  connection.onNotification(GraphPatchNotification, (params: GraphPatchParams) => {
    patches.push(params);
  });
  connection.onRequest<DaemonResolveImageResult, unknown>(
    DaemonResolveImageRequest,
    (params: DaemonResolveImageParams) => images(params),
  );
  connection.listen();
  const { capabilities, serverInfo } = await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- LSP still requires the key
    rootUri: null,
    capabilities: { textDocument: { documentSymbol: { hierarchicalDocumentSymbolSupport: true } } },
    initializationOptions: { daemon: true },
  });
  expect(serverInfo?.name).toBe('llb-lens');
  expect(capabilities.documentSymbolProvider).toBeTruthy();
  await connection.sendNotification(InitializedNotification.type, {});
});

afterAll(async () => {
  const exit = new Promise((resolve) => server.once('exit', resolve));
  await connection.sendRequest(ShutdownRequest.type);
  await connection.sendNotification(ExitNotification.type);
  expect(await exit).toBe(0);
  await rm(folder, { recursive: true });
});

beforeEach(() => {
  published.length = 0;
  patches.length = 0;
  uri = pathToFileURL(join(folder, `${count++}`, 'Dockerfile')).href;
});

describe('the language server over stdio', () => {
  test('publishes diagnostics with the version they belong to', async () => {
    await open(text);
    const { version, diagnostics } = await diagnosticsOf(1);
    expect(version).toBe(1);
    expect(diagnostics).toMatchObject([
      {
        code: 'FromAsCasing',
        source: 'BuildKit',
        range: { start: { line: 0 }, end: { line: 0 } },
      },
      { code: 'unused-stage', source: 'LLB Lens' },
    ]);
  });

  test('publishes once for a burst of edits', async () => {
    await open('FROM alpine:3.20\n');
    await diagnosticsOf(1);
    // Not one after the other: on a busy machine they would come with pauses, as no burst.
    const versions = Array.from({ length: 10 }, (_, at) => at + 2);
    await Promise.all(
      versions.map((version) => edit(version, { line: 1, character: 0 }, `RUN echo ${version}\n`)),
    );
    await diagnosticsOf(11);
    expect(published.map(({ version }) => version)).toEqual([1, 11]);
  });

  test('reports what does not parse, every error at its place', async () => {
    await open('FROM alpine:3.20\nRUNN make\nCOPY\n');
    const { diagnostics } = await diagnosticsOf(1);
    expect(diagnostics.map(({ range, severity }) => [range.start.line, severity])).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });

  test('outlines stages and their instructions', async () => {
    await open(text);
    const symbols = await connection.sendRequest(DocumentSymbolRequest.type, {
      textDocument: { uri },
    });
    expect(outline(symbols)).toEqual([
      ['build', 'FROM alpine:3.20', ['WORKDIR /src', 'COPY . .', 'RUN make']],
      ['docs', 'FROM build', ['RUN make docs']],
      ['stage-2', 'FROM scratch', ['COPY --from=build /src/out /']],
    ]);
  });

  test('folds stages', async () => {
    await open(text);
    const ranges = await connection.sendRequest(FoldingRangeRequest.type, {
      textDocument: { uri },
    });
    expect(ranges?.map(({ startLine, endLine }) => [startLine, endLine])).toEqual([
      [0, 3],
      [5, 6],
      [8, 9],
    ]);
  });

  test('lists the targets', async () => {
    await open(text);
    expect(await connection.sendRequest<TargetsResult>(TargetsRequest, { uri })).toMatchObject([
      { name: 'build', isDefault: false },
      { name: 'docs', isDefault: false },
      { isDefault: true },
    ]);
  });

  test('draws what the profile builds', async () => {
    await open(text);
    const whole = await graphOf({});
    expect(whole.graph.nodes.map(({ kind }) => kind).sort()).toEqual([
      'exec',
      'file',
      'file',
      'file',
      'image',
      'local',
    ]);
    const docs = await graphOf({ target: 'docs' });
    expect(docs.graph.nodes.map(({ name }) => name)).toContain('RUN make docs');
  });

  test('typing a RUN adds one node and leaves the others their ids', async () => {
    await open(text);
    await diagnosticsOf(1);
    const before = await graphOf({});
    await edit(2, { line: 3, character: 0 }, 'RUN true\n');
    const patch = await patchTo(2);
    expect(patch.base).toBe(before.graphVersion);
    const after = applyPatch(before.graph, patch.patch);
    const oldIds = before.graph.nodes.map(({ id }) => id);
    const added = after.nodes.filter(({ id }) => !oldIds.includes(id));
    expect(added.map(({ name }) => name)).toEqual(['RUN true']);
    expect(after.nodes.filter(({ id }) => oldIds.includes(id))).toHaveLength(oldIds.length);
  });

  test('a graph that rests on a guess becomes certain when the builder has answered', async () => {
    const digest = `sha256:${'1'.repeat(64)}`;
    images = () => ({
      outcome: 'resolved',
      digest,
      config: JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Env: ['A=b'] } }),
    });
    await open('FROM debian:13\nRUN make\n');
    const first = await graphOf({});
    expect(first.graph.nodes.every(({ uncertain }) => uncertain)).toBe(true);
    // A patch of before the answer may come first, and say that nothing has changed.
    await until(() => {
      const { nodes } = patches
        .filter((one) => one.uri === uri && one.base >= first.graphVersion)
        .reduce((graph, { patch }) => applyPatch(graph, patch), first.graph);
      return nodes.every(({ uncertain }) => !uncertain);
    });
    images = () => ({ outcome: 'offline' });
  });

  test('closing a file takes its diagnostics away', async () => {
    await open('RUNN\n');
    await diagnosticsOf(1);
    await connection.sendNotification(DidCloseTextDocumentNotification.type, {
      textDocument: { uri },
    });
    await until(() => published.at(-1)?.diagnostics.length === 0);
  });
});

describe('derivations', () => {
  test('a file that does not parse says where', async () => {
    uri = pathToFileURL(join(folder, `${'0'.repeat(32)}-a.drv`)).href;
    await open(
      'Derive([("out","","","")],[],[],"x86_64-linux","/bin/sh",[],[("out",""',
      'nix-derivation',
    );
    const { diagnostics } = await diagnosticsOf(1);
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({ severity: 1, source: 'Nix' });
  });

  test('a derivation is outlined and drawn', async () => {
    const name = `${'1'.repeat(32)}-a.drv`;
    const derivation =
      'Derive([("out","/nix/store/00000000000000000000000000000000-a","","")],[],[],"x86_64-linux",' +
      '"/bin/sh",["-c","echo > $out"],[("name","a"),("out","/nix/store/00000000000000000000000000000000-a")])';
    await writeFile(join(folder, name), derivation);
    uri = pathToFileURL(join(folder, name)).href;
    await open(derivation, 'nix-derivation');
    const symbols = await connection.sendRequest(DocumentSymbolRequest.type, {
      textDocument: { uri },
    });
    expect(outline(symbols).map(([first]) => first)).toContain('builder');
    const { graph } = await graphOf({});
    expect(graph.nodes.some(({ kind }) => kind === 'exec')).toBe(true);
    expect(graph.sources).toMatchObject([{ filename: name, uri }]);
  });
});

async function open(content: string, languageId = 'dockerfile'): Promise<void> {
  await connection.sendNotification(DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId, version: 1, text: content },
  });
}

async function edit(
  version: number,
  at: { line: number; character: number },
  inserted: string,
): Promise<void> {
  await connection.sendNotification(DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version },
    contentChanges: [{ range: { start: at, end: at }, text: inserted }],
  });
}

const graphOf = (profile: BuildProfile) =>
  connection.sendRequest<GraphResult>(GraphRequest, { uri, profile });

async function diagnosticsOf(version: number): Promise<PublishDiagnosticsParams> {
  return until(() => published.find((one) => one.uri === uri && one.version === version));
}

async function patchTo(documentVersion: number): Promise<GraphPatchParams> {
  return until(() =>
    patches.find((one) => one.uri === uri && one.documentVersion === documentVersion),
  );
}

async function until<T>(probe: () => T | undefined | false): Promise<T> {
  for (let waited = 0; waited < 10_000; waited += 20) {
    const found = probe();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it did not come within 10 s');
}

type Outline = [string, string | undefined, string[]];

function outline(symbols: readonly object[] | null): Outline[] {
  return (symbols ?? []).flatMap((symbol): Outline[] =>
    'name' in symbol && typeof symbol.name === 'string'
      ? [
          [
            symbol.name,
            'detail' in symbol && typeof symbol.detail === 'string' ? symbol.detail : undefined,
            'children' in symbol && Array.isArray(symbol.children)
              ? outline(symbol.children).map(([name, detail]) => `${name} ${detail ?? ''}`)
              : [],
          ],
        ]
      : [],
  );
}
