/**
 * The built language server over its protocol: fixes that take their finding away and leave the
 * build alone, errors that leave the rest of a file alive, diagnostics that are asked for, and
 * positions in every encoding.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import {
  DefinitionRequest,
  DidChangeTextDocumentNotification,
  DocumentDiagnosticRequest,
  DocumentLinkRequest,
  DocumentSymbolRequest,
  type ClientCapabilities,
  type CodeAction,
  type Diagnostic,
} from 'vscode-languageserver/node';
import {
  bundleLanguageServer,
  editsOf,
  startLanguageServer,
  type LanguageServerProcess,
  type ServerBundle,
} from './language-server-process';

let bundle: ServerBundle;
let server: LanguageServerProcess;
let files = 0;
const newUri = (): string => `file:///nowhere/${files++}/Dockerfile`;

beforeAll(async () => {
  bundle = await bundleLanguageServer();
  server = await startLanguageServer(bundle);
});

afterAll(async () => {
  await server.stop();
  await bundle.remove();
});

/** The digests of the steps of a file, whatever the session. */
const steps = async (uri: string): Promise<readonly string[]> =>
  (await server.graph(uri)).nodes.map(({ neutralDigest }) => neutralDigest).sort();

const apply = (uri: string, text: string, action: CodeAction): string =>
  TextDocument.applyEdits(TextDocument.create(uri, '', 1, text), editsOf(action, uri));

describe('a fix takes its finding away', () => {
  /** The rule, a file with one finding of it, and whether its fixes leave all steps as they are. */
  const findings: readonly (readonly [rule: string, text: string, keeps: boolean])[] = [
    ['StageNameCasing', 'FROM a AS Base\nRUN x\n', true],
    ['FromAsCasing', 'FROM a as base\nRUN x\n', true],
    ['NoEmptyContinuation', 'FROM a\nRUN x \\\n\n  y\n', true],
    ['ConsistentInstructionCasing', 'FROM a\nRUN x\nrun y\n', true],
    ['DuplicateStageName', 'FROM a AS b\nFROM c AS b\nRUN x\n', true],
    ['ReservedStageName', 'FROM a AS context\nRUN x\n', true],
    ['JSONArgsRecommended', 'FROM a\nRUN x\nCMD nginx -g x\n', true],
    ['MaintainerDeprecated', 'FROM a\nMAINTAINER me "and" you\n', true],
    ['UndefinedArgInFrom', 'ARG VERSION=1\nFROM a$VERSIN\n', false],
    ['WorkdirRelativePath', 'FROM a\nWORKDIR app\n', false],
    ['UndefinedVar', 'FROM scratch\nENV SOURCE=x\nCOPY ${SOURC} /\n', false],
    ['MultipleInstructionsDisallowed', 'FROM a\nCMD ["x"]\nCMD ["y"]\n', true],
    ['LegacyKeyValueFormat', 'FROM a\nENV key some value\nRUN x\n', true],
    ['RedundantTargetPlatform', 'FROM --platform=$TARGETPLATFORM a\nRUN x\n', true],
    ['FromPlatformFlagConstDisallowed', 'FROM --platform=linux/arm64 a\nRUN x\n', false],
    [
      'InvalidDefinitionDescription',
      '# check=experimental=InvalidDefinitionDescription\n# words\nFROM a AS b\nRUN x\n',
      true,
    ],
    ['ExposeProtoCasing', 'FROM a\nEXPOSE 80/TCP\n', true],
    ['ExposeInvalidFormat', 'FROM a\nEXPOSE 127.0.0.1:80:80\n', true],
  ];

  test.concurrent.each(findings)('%s', async (rule, text, keeps) => {
    const uri = newUri();
    await server.open(uri, text);
    const found = ofRule(await server.diagnostics(uri, 1), rule);
    expect(found.length).toBeGreaterThan(0);
    const [finding] = found;
    if (finding === undefined) return;
    const before = await steps(uri);
    // Another finding may stand at the same place; its actions are not about this one.
    const offered = await server.actions(uri, finding.range, [finding], ['quickfix']);
    const actions = offered.filter(({ diagnostics }) => diagnostics !== undefined);
    const fixes = actions.filter(({ title }) => !title.startsWith('Ignore'));
    expect(fixes.length).toBeGreaterThan(0);
    // An experimental rule is not told to be quiet: it speaks only where it is asked to.
    const canBeIgnored = rule !== 'InvalidDefinitionDescription';
    expect(actions.length > fixes.length).toBe(canBeIgnored);
    let version = 1;
    for (const action of actions) {
      expect(action.diagnostics).toEqual([finding]);
      await server.change(uri, ++version, apply(uri, text, action));
      const left = ofRule(await server.diagnostics(uri, version), rule);
      expect([action.title, left]).toEqual([action.title, []]);
      const keepsThis = keeps || action.title.startsWith('Ignore');
      if (keepsThis) expect([action.title, await steps(uri)]).toEqual([action.title, before]);
    }
  });

  test('fix all leaves what a fix would change, and every step as it is', async () => {
    const uri = newUri();
    // One stage on the other, so that the last one needs them all.
    const text =
      'FROM a AS b0\nfrom b0 as B1\nRUN x \\\n\n  y\nENV key some value\nMAINTAINER me\nCMD nginx\n' +
      'FROM --platform=$TARGETPLATFORM b1 AS context\nWORKDIR app\nrun y\nEXPOSE 80/TCP\n' +
      'FROM context\nCOPY --from=b1 / /\nCMD nginx -g x\nCMD nginx -g y\n';
    await server.open(uri, text);
    const before = await steps(uri);
    expect(before.length).toBeGreaterThan(4);
    const found = await server.diagnostics(uri, 1);
    const whole = { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } };
    const [fixAll] = await server.actions(uri, whole, [...found], ['source.fixAll']);
    if (fixAll === undefined) throw new Error('no fix all');
    await server.change(uri, 2, apply(uri, text, fixAll));
    const left = new Set((await server.diagnostics(uri, 2)).map(({ code }) => code));
    const kept = findings
      .filter(([rule]) => left.has(rule))
      .map(([rule, , keeps]) => [rule, keeps]);
    expect(kept.filter(([, keeps]) => keeps)).toEqual([]);
    expect(kept.length).toBeGreaterThan(0);
    expect(await steps(uri)).toEqual(before);
  });

  test('“did you mean” mends an error', async () => {
    const uri = newUri();
    const text = 'FROM a\nRUN --mount=type=cache,targte=/x y\n';
    await server.open(uri, text);
    const [error] = await server.diagnostics(uri, 1);
    if (error === undefined) throw new Error('no error');
    const [action] = await server.actions(uri, error.range, [error], ['quickfix']);
    if (action === undefined) throw new Error('no fix');
    await server.change(uri, 2, apply(uri, text, action));
    expect(await server.diagnostics(uri, 2)).toEqual([]);
  });
});

const ofRule = (diagnostics: readonly Diagnostic[], rule: string): Diagnostic[] =>
  diagnostics.filter(({ code }) => code === rule);

describe('after an error', () => {
  const broken =
    'FROM a AS one\nRUN first\nFROM b?c AS two\nRUN second\nFROM a as three\nRUM x\nRUN third\n' +
    'COPY --from=two / /\nCOPY --from=one / /\nCMD x\n';

  test('the rest of the file is checked, and every error is said', async () => {
    const uri = newUri();
    await server.open(uri, broken);
    const found = await server.diagnostics(uri, 1);
    expect(found.map(({ range, code, message }) => [range.start.line, code ?? message])).toEqual([
      [5, 'dockerfile parse error on line 6: unknown instruction: RUM (did you mean RUN?)'],
      [2, 'failed to parse stage name "b?c": invalid reference format'],
      [4, 'FromAsCasing'],
      [2, 'InvalidDefaultArgInFrom'],
      [9, 'JSONArgsRecommended'],
    ]);
  });

  test('the graph of the rest is drawn, and certain where the error does not reach', async () => {
    const uri = newUri();
    await server.open(uri, broken);
    const { nodes, notes } = await server.graph(uri);
    const shown = nodes.filter(({ kind }) => kind === 'exec' || kind === 'file');
    expect(shown.map(({ name }) => name).sort()).toEqual([
      'COPY --from=one / /',
      'RUN first',
      'RUN third',
    ]);
    expect(notes.join()).toContain('unknown instruction: RUM');
  });

  test('outline and definitions go on', async () => {
    const uri = newUri();
    await server.open(uri, broken);
    const symbols = await server.connection.sendRequest(DocumentSymbolRequest.type, {
      textDocument: { uri },
    });
    expect(symbols?.length).toBeGreaterThan(2);
    const definition = await server.connection.sendRequest(DefinitionRequest.type, {
      textDocument: { uri },
      position: { line: 8, character: 13 },
    });
    expect(definition).toMatchObject({ range: { start: { line: 0 } } });
  });
});

test('a Compose file is held to the Dockerfile that it names', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'llb-lens-compose-'));
  try {
    await writeFile(join(folder, 'Dockerfile'), 'FROM a AS build\nFROM build AS release\n');
    const uri = pathToFileURL(join(folder, 'compose.yaml')).href;
    await server.open(uri, 'services:\n  a:\n    build: { context: ., target: relaese }\n', 'yaml');
    const found = await server.diagnostics(uri, 1);
    expect(found.map(({ message, range }) => [range.start, message])).toEqual([
      [
        { line: 2, character: 33 },
        'target stage "relaese" could not be found (did you mean release?)',
      ],
    ]);
    const links = await server.connection.sendRequest(DocumentLinkRequest.type, {
      textDocument: { uri },
    });
    expect(links?.map(({ target }) => target)).toEqual([
      pathToFileURL(join(folder, 'Dockerfile')).href,
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a client that asks for diagnostics is answered and not told', async () => {
  const own = await startLanguageServer(bundle, {
    capabilities: {
      textDocument: { diagnostic: {} },
      workspace: { diagnostics: { refreshSupport: true } },
    },
  });
  let told = 0;
  own.connection.onNotification('textDocument/publishDiagnostics', () => {
    told++;
  });
  try {
    const { diagnosticProvider } = own.initialized.capabilities;
    expect(diagnosticProvider).toMatchObject({ interFileDependencies: false });
    const uri = newUri();
    const pull = () =>
      own.connection.sendRequest(DocumentDiagnosticRequest.type, { textDocument: { uri } });
    await own.open(uri, 'FROM a as b\n');
    expect(await pull()).toMatchObject({ kind: 'full', items: [{ code: 'FromAsCasing' }] });
    await own.change(uri, 2, 'FROM a AS b\n');
    expect(await pull()).toMatchObject({ kind: 'full', items: [] });
    expect(told).toBe(0);
  } finally {
    await own.stop();
  }
});

describe.each([
  { encoding: 'utf-8', units: (text: string) => Buffer.byteLength(text) },
  { encoding: 'utf-16', units: (text: string) => text.length },
  { encoding: 'utf-32', units: (text: string) => Array.from(text).length },
])('positions in $encoding', ({ encoding, units }) => {
  const before = 'RUN echo grün🐳ß ';
  const text = `FROM scratch\nARG V=1\n${before}$V $W\n`;
  const capabilities: ClientCapabilities = { general: { positionEncodings: [encoding] } };

  test('are agreed on, and hold for places that come and go', async () => {
    const own = await startLanguageServer(bundle, { capabilities });
    try {
      expect(own.initialized.capabilities.positionEncoding).toBe(encoding);
      const uri = newUri();
      await own.open(uri, text);
      const place = { line: 2, character: units(before) + 1 };
      const definition = await own.connection.sendRequest(DefinitionRequest.type, {
        textDocument: { uri },
        position: place,
      });
      expect(definition).toMatchObject({ range: { start: { line: 1, character: 4 } } });
      // An insertion behind what counts differently: the finding tells where it has gone.
      await own.connection.sendNotification(DidChangeTextDocumentNotification.type, {
        textDocument: { uri, version: 2 },
        contentChanges: [
          { range: { start: place, end: place }, text: 'V' },
          {
            range: { start: { line: 2, character: 0 }, end: { line: 2, character: 3 } },
            text: 'COPY',
          },
        ],
      });
      const found = await own.diagnostics(uri, 2);
      const undefinedAt = found
        .filter(({ code }) => code === 'UndefinedVar')
        .map(({ range }) => [range.start.character, range.end.character]);
      const start = units(before) + 1;
      expect(undefinedAt).toEqual([
        [start, start + 3],
        [start + 4, start + 6],
      ]);
    } finally {
      await own.stop();
    }
  });
});
