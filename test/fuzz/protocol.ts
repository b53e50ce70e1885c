/** Every request of an editor, at the end of prefixes of the corpus: no answer may be an error. */
import { startTestServer, type TestServer } from '../../language-server/testing/protocol';
import { corpus } from './corpus';
import { randomOf } from './random';

export type ProtocolFuzz = {
  readonly prefixes: number;
  readonly requests: number;
  readonly failures: readonly { readonly text: string; readonly problem: string }[];
};

const wholeFile = [
  'textDocument/diagnostic',
  'textDocument/documentLink',
  'textDocument/documentSymbol',
  'textDocument/foldingRange',
  'textDocument/semanticTokens/full',
];
const atPosition = [
  'textDocument/completion',
  'textDocument/definition',
  'textDocument/documentHighlight',
  'textDocument/hover',
  'textDocument/linkedEditingRange',
  'textDocument/prepareCallHierarchy',
  'textDocument/prepareRename',
  'textDocument/signatureHelp',
];

/** @param prefixes how many are tried, spread over the files and the places in them */
export async function fuzzProtocol(seed: number, prefixes: number): Promise<ProtocolFuzz> {
  const random = randomOf(seed);
  const server = await startTestServer({
    textDocument: { diagnostic: {} },
    workspace: { diagnostics: { refreshSupport: true } },
  });
  const failures: { text: string; problem: string }[] = [];
  let requests = 0;
  const seeds = corpus();
  for (let count = 0; count < prefixes; count++) {
    const whole = seeds[random(seeds.length)]?.text ?? '';
    const text = whole.slice(0, random(whole.length + 1)).replaceAll('|', '');
    const { asked, problems } = await askEverything(server, text);
    requests += asked;
    failures.push(...problems.map((problem) => ({ text, problem })));
  }
  await server.stop();
  return { prefixes, requests, failures };
}

async function askEverything(
  server: TestServer,
  text: string,
): Promise<{ readonly asked: number; readonly problems: readonly string[] }> {
  const { uri } = await server.open(text);
  const textDocument = { uri };
  const lines = text.split(/\r\n|\r|\n/);
  const position = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
  const range = { start: { line: 0, character: 0 }, end: position };
  const options = { tabSize: 2, insertSpaces: true };
  const questions: [string, object][] = [
    ...wholeFile.map((method): [string, object] => [method, { textDocument }]),
    ...atPosition.map((method): [string, object] => [method, { textDocument, position }]),
    ['textDocument/references', { textDocument, position, context: { includeDeclaration: true } }],
    ['textDocument/selectionRange', { textDocument, positions: [position] }],
    ['textDocument/codeAction', { textDocument, range, context: { diagnostics: [] } }],
    ['textDocument/inlayHint', { textDocument, range }],
    ['textDocument/semanticTokens/range', { textDocument, range }],
    ['textDocument/formatting', { textDocument, options }],
    ['textDocument/rangeFormatting', { textDocument, range, options }],
    ['textDocument/onTypeFormatting', { textDocument, position, ch: '\n', options }],
    ['llb/graph', { uri }],
    ['llb/targets', { uri }],
  ];
  const problems: string[] = [];
  for (const [method, params] of questions) {
    try {
      await server.client.sendRequest(method, params);
    } catch (error) {
      problems.push(`${method}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  await server.client.sendNotification('textDocument/didClose', { textDocument });
  return { asked: questions.length, problems };
}
