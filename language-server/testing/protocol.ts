/** A client and a server in one process, for tests that speak LSP: a file with `|` at the cursor. */
import { PassThrough } from 'node:stream';
import {
  createConnection,
  createProtocolConnection,
  DidOpenTextDocumentNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type ClientCapabilities,
  type InitializeResult,
  type Position,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
} from 'vscode-languageserver/node';
import { offlineResolver } from '../dockerfile';
import type { ServerHost } from '../host';
import { serveLanguages } from '../language-server';

export type TestServer = {
  readonly client: ProtocolConnection;
  readonly capabilities: InitializeResult['capabilities'];
  readonly published: readonly PublishDiagnosticsParams[];
  /** Opens a text; the cursor is taken out of it. */
  open(text: string): Promise<OpenText>;
  stop(): Promise<void>;
};
export type OpenText = {
  readonly uri: string;
  readonly text: string;
  /** Of the cursor; the start of the file without one. */
  readonly position: Position;
  readonly at: { readonly textDocument: { readonly uri: string }; readonly position: Position };
};

/** Files that the server finds beside the Dockerfile, by their paths. */
export type TestFiles = Readonly<Record<string, string>>;

const folder = 'file:///project/';

export async function startTestServer(
  capabilities: ClientCapabilities = {},
  files: TestFiles = {},
  more: Partial<ServerHost> = {},
): Promise<TestServer> {
  const up = new PassThrough();
  const down = new PassThrough();
  const server = createConnection(new StreamMessageReader(up), new StreamMessageWriter(down));
  serveLanguages(server, { ...testHost(files), ...more }, { name: 'test' }, () => undefined);
  const client = createProtocolConnection(
    new StreamMessageReader(down),
    new StreamMessageWriter(up),
  );
  const published: PublishDiagnosticsParams[] = [];
  client.onNotification(PublishDiagnosticsNotification.type, (params) => {
    published.push(params);
  });
  client.listen();
  const answer = await client.sendRequest(InitializeRequest.type, {
    processId: null,
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- LSP still requires the key
    rootUri: null,
    capabilities,
  });
  let count = 0;
  return {
    client,
    capabilities: answer.capabilities,
    published,
    async open(marked) {
      const offset = Math.max(0, marked.indexOf('|'));
      const text = marked.includes('|')
        ? marked.slice(0, offset) + marked.slice(offset + 1)
        : marked;
      const uri = `${folder}Dockerfile${count === 0 ? '' : `.${count}`}`;
      count += 1;
      await client.sendNotification(DidOpenTextDocumentNotification.type, {
        textDocument: { uri, languageId: 'dockerfile', version: 1, text },
      });
      const before = text.slice(0, offset).split('\n');
      const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
      return { uri, text, position, at: { textDocument: { uri }, position } };
    },
    async stop() {
      await client.sendRequest(ShutdownRequest.type);
      client.dispose();
      server.dispose();
    },
  };
}

function testHost(files: TestFiles): ServerHost {
  const byUri = new Map(Object.entries(files).map(([path, text]) => [folder + path, text]));
  return {
    buildPlatforms: ['linux/amd64'],
    readText: (uri) => Promise.resolve(byUri.get(uri)),
    listFolder(uri) {
      const entries = new Map<string, boolean>();
      for (const file of byUri.keys()) {
        if (!file.startsWith(uri)) continue;
        const [name = '', ...below] = file.slice(uri.length).split('/');
        entries.set(name, below.length > 0);
      }
      return Promise.resolve([...entries].map(([name, isFolder]) => ({ name, isFolder })));
    },
    imageTags: () => Promise.resolve([]),
    searchImages: () => Promise.resolve([]),
    images: () => offlineResolver(),
    onImagesKnown: () => undefined,
    forgetImages: () => undefined,
    setAccess: () => undefined,
    store: () => undefined,
  };
}
