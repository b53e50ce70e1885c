/**
 * What the language server runs and asks of others: ShellCheck, the real one, with exact places;
 * and in an untrusted workspace nothing at all, which programs and a registry would notice that
 * stand in for the real ones.
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CodeActionRequest,
  CompletionRequest,
  DidCloseTextDocumentNotification,
  HoverRequest,
  InlayHintRequest,
  type Diagnostic,
} from 'vscode-languageserver/node';
import { AccessNotification, type AccessParams } from '../../proto/messages/language-server';
import { absence, shellcheck } from '../env/context';
import {
  bundleLanguageServer,
  startLanguageServer,
  type LanguageServerProcess,
  type ServerBundle,
} from './language-server-process';

const program = await shellcheck();
let bundle: ServerBundle;

beforeAll(async () => {
  bundle = await bundleLanguageServer();
});

afterAll(async () => {
  await bundle.remove();
});

describe.skipIf(program === undefined)(`ShellCheck${program ? '' : ` (${absence()})`}`, () => {
  let server: LanguageServerProcess;
  beforeAll(async () => {
    server = await startLanguageServer(bundle, {
      initializationOptions: { network: 'off', shellcheck: { enabled: true, path: program } },
    });
  });
  afterAll(() => server.stop());

  test.each([
    ['a RUN', 'RUN ls $x\n', ['1 SC2086 $x']],
    ['what the file has set is known', 'ARG x\nENV y=1\nRUN ls $x $y $z\n', ['3 SC2086 $z']],
    [
      'behind continuations, comments, tabs and wide characters',
      'RUN echo "🐳" && \\\n# why\n\tls "ü" $x && \\\n\n  cat `date` "$y"\n',
      ['3 SC2086 $x', '5 SC2006 `date`', '5 SC2046 `date`'],
    ],
    ['a heredoc', 'RUN <<EOF\nset -e\n  ls $x\nEOF\n', ['3 SC2086 $x']],
    ['a heredoc that strips tabs', 'RUN <<-EOF\n\tset -e\n\tls $x\n\tEOF\n', ['3 SC2086 $x']],
    ['its own shebang', 'RUN <<EOF\n#!/bin/bash\n[[ -n $x ]] && ls $x\nEOF\n', ['3 SC2086 $x']],
    ['bash is not known to sh', 'RUN [[ -n "$x" ]] && ls\n', ['1 SC3010 [[ -n "$x" ]]']],
    [
      'nor said where SHELL is bash',
      'SHELL ["/bin/bash", "-c"]\nRUN [[ -n $x ]] && ls $x\n',
      ['2 SC2086 $x'],
    ],
    ['behind flags', 'RUN --mount=type=cache,target=/x --network=none ls $x\n', ['1 SC2086 $x']],
    ['with lines that end as in Windows', 'RUN ls && \\\r\n  cat $x\r\n', ['2 SC2086 $x']],
  ])('%s', async (name, lines, expected) => {
    const uri = `file:///nowhere/${encodeURIComponent(name)}/Dockerfile`;
    const text = `FROM a\n${lines}`;
    await server.open(uri, text);
    const found = await server.diagnosticsOnce(uri, (all) => all.some(isShellcheck));
    const rows = text.split('\n');
    const said = found.filter(isShellcheck).map(({ code, range: { start, end } }) => {
      const row = rows[start.line] ?? '';
      expect(end.line).toBe(start.line);
      return `${start.line} ${code ?? ''} ${row.slice(start.character, end.character)}`;
    });
    expect(said.sort()).toEqual(expected);
  });
});

const isShellcheck = ({ code }: Diagnostic): boolean => String(code).startsWith('SC');

test('an untrusted workspace runs no program and asks nobody; a trusted one does', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'llb-lens-trust-'));
  const journal = join(folder, 'journal');
  writeFileSync(journal, '');
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  for (const name of [
    'shellcheck',
    'docker',
    'nix',
    'nix-store',
    'nix-instantiate',
    'buildctl',
    'ssh',
    'git',
    'hadolint',
    'docker-credential-mine',
  ]) {
    const path = join(programs, name);
    writeFileSync(path, standIn(name, journal));
    chmodSync(path, 0o755);
  }
  const asked: string[] = [];
  const registry = createServer((request, response) => {
    asked.push(request.url ?? '');
    const known = request.headers.authorization !== undefined;
    response.writeHead(known ? 404 : 401, { 'WWW-Authenticate': 'Basic realm="here"' });
    response.end('{}');
  });
  await new Promise<void>((listens) => registry.listen(0, '127.0.0.1', listens));
  const address = registry.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const host = `127.0.0.1:${address.port}`;
  const config = { credsStore: 'mine', credHelpers: { [host]: 'mine' } };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const server = await startLanguageServer(bundle, {
    initializationOptions: { daemon: true, records: false },
    env: { DOCKER_CONFIG: folder, PATH: `${programs}${delimiter}${process.env['PATH'] ?? ''}` },
  });
  const access = (params: AccessParams) =>
    server.connection.sendNotification(AccessNotification, params);
  const log = (): string => readFileSync(journal, 'utf8') + asked.join('\n');

  /** Everything that could ask somebody, in a file whose every name holds `word`. */
  const use = async (word: string): Promise<void> => {
    const uri = pathToFileURL(join(folder, word, 'Dockerfile')).href;
    const textDocument = { uri };
    await server.open(
      uri,
      `# syntax=${host}/${word}/syntax:1\nFROM ${host}/${word}/base:1\nRUN ls $${word}\n` +
        `COPY --from=${host}/${word}/other:1 / /\nFROM ${host}/${word}/base:\n`,
    );
    await server.diagnostics(uri, 1);
    await server.graph(uri);
    const position = { line: 1, character: 8 };
    const range = { start: { line: 0, character: 0 }, end: { line: 5, character: 0 } };
    const { connection } = server;
    await connection.sendRequest(HoverRequest.type, { textDocument, position });
    await connection.sendRequest(InlayHintRequest.type, { textDocument, range });
    const end = { line: 4, character: `FROM ${host}/${word}/base:`.length };
    await connection.sendRequest(CompletionRequest.type, { textDocument, position: end });
    const context = { diagnostics: [] };
    await connection.sendRequest(CodeActionRequest.type, { textDocument, range, context });
    const drv = pathToFileURL(join(folder, word, `${'a'.repeat(32)}-${word}.drv`)).href;
    await server.open(drv, 'Derive([],[],[],"x","y",[],[])', 'nix-derivation');
    await server.diagnostics(drv, 1);
    if (word === 'closed') {
      await connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument });
    }
  };
  try {
    await use('closed');
    await access({ network: 'search', trusted: false });
    await use('closed');
    expect(log()).toBe('');
    // The same in a trusted one shows that the stand-ins notice, and that nothing was on its way.
    await access({ network: 'search', trusted: true });
    await use('trusted');
    await expect.poll(log, { timeout: 30_000 }).toContain('/v2/trusted/base/tags/list');
    await expect.poll(log, { timeout: 30_000 }).toContain('docker-credential-mine get');
    await expect.poll(log, { timeout: 30_000 }).toMatch(/shellcheck .*ls \$trusted/);
    expect(log()).not.toContain('closed');
  } finally {
    await server.stop();
    registry.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A program that writes down how it was called and with what, and knows one password. */
function standIn(name: string, journal: string): string {
  return `#!${process.execPath}
const { appendFileSync, readFileSync } = require('node:fs');
const input = readFileSync(0, 'utf8').replaceAll('\\n', ' ');
appendFileSync(${JSON.stringify(journal)}, [${JSON.stringify(name)}, ...process.argv.slice(2), input].join(' ') + '\\n');
if (${JSON.stringify(name)} === 'docker-credential-mine') console.log('{"Username":"u","Secret":"s"}');
`;
}
