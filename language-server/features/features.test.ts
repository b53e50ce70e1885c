import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CallHierarchyIncomingCallsRequest,
  CallHierarchyPrepareRequest,
  CompletionRequest,
  DefinitionRequest,
  DocumentFormattingRequest,
  DocumentHighlightRequest,
  DocumentLinkRequest,
  DocumentOnTypeFormattingRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  HoverRequest,
  InlayHintRequest,
  LinkedEditingRangeRequest,
  PrepareRenameRequest,
  ReferencesRequest,
  RenameRequest,
  SelectionRangeRequest,
  SemanticTokensDeltaRequest,
  SemanticTokensRangeRequest,
  SemanticTokensRequest,
  SignatureHelpRequest,
  WorkspaceSymbolRequest,
  type FormattingOptions,
  type Range,
  type SemanticTokens,
} from 'vscode-languageserver';
import { startTestServer, type OpenText, type TestServer } from '../testing/protocol';
import { tokenTypes } from './semantic-tokens/legend';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer(
    { textDocument: { completion: { completionItem: { snippetSupport: true } } } },
    { 'go.mod': '', 'cmd/main.go': '', 'secret.key': '', '.dockerignore': '*.key\n' },
    { imageTags: () => Promise.resolve(['3.9', '3.20', 'edge', 'latest']) },
  );
});
afterAll(() => server.stop());

const range: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } };

/** The text of a range, with the line it stands on. */
function shown({ text }: OpenText, range: Range): string {
  const line = text.split('\n')[range.start.line] ?? '';
  const end = range.end.line === range.start.line ? range.end.character : line.length;
  return `${range.start.line}:${line.slice(range.start.character, end)}`;
}

const names = `ARG BASE=alpine
FROM $BASE AS build
ARG BASE
ENV OUT=/out
FROM build AS test
RUN --mount=type=bind,from=build,target=/x ls $OUT $BASE
FROM scratch
COPY --from=BUILD $OUT /
`;
const cursorIn = (text: string, marked: string) => text.replace(marked.replace('|', ''), marked);

describe('definition', () => {
  test.each([
    ['a stage behind --from, in any case', cursorIn(names, '--from=BUI|LD'), '1:build'],
    ['a stage behind a mount', cursorIn(names, 'from=bu|ild,'), '1:build'],
    ['a stage behind FROM', cursorIn(names, 'FROM bu|ild AS'), '1:build'],
    ['a stage by its index', 'FROM a AS b\nFROM scratch\nCOPY --from=|0 / /\n', '0:b'],
    ['a variable of the stage that a stage builds on', cursorIn(names, 'ls $O|UT'), '3:OUT'],
    ['no stage behind a FROM in other capitals', 'FROM a AS final\nFROM Fin|al\n', undefined],
    ['what a FROM means in the same capitals', 'FROM a AS Final\nFROM Fin|al\n', '0:Final'],
    ['a global argument in FROM', cursorIn(names, 'FROM $BA|SE'), '0:BASE'],
    ['the start of a heredoc', 'FROM a\nRUN <<EOF\nls\nE|OF\n', '1:EOF'],
    ['an argument beside one of ONBUILD', 'FROM a\nONBUILD ARG V=1\nARG |V=2\n', '2:V'],
    ['what ONBUILD sets, for triggers', 'FROM a\nARG V\nONBUILD ARG V=1\nONBUILD RUN $|V\n', '2:V'],
    ['what a trigger takes over', 'FROM a\nONBUILD ENV V=$|V\nENV V=1\n', '2:V'],
    [
      'nothing for a global argument that a stage does not declare',
      'ARG A=1\nFROM a\nRUN $A|\n',
      undefined,
    ],
  ])('%s', async (_, marked, expected) => {
    const open = await server.open(marked);
    const found = await server.client.sendRequest(DefinitionRequest.type, open.at);
    expect(found !== null && !Array.isArray(found) ? shown(open, found.range) : undefined).toBe(
      expected,
    );
  });
});

test.each([
  ['a source of COPY', 'FROM a\nCOPY go.m|od /\n', ['go.mod']],
  ['a path with a variable in it', 'FROM a\nARG D=cmd\nADD $D/mai|n.go /\n', ['cmd/main.go']],
  ['a pattern', 'FROM a\nCOPY cmd/*.g|o /\n', ['cmd/main.go']],
  ['the source of a mount', 'FROM a\nRUN --mount=source=./go.m|od,target=/x ls\n', ['go.mod']],
  ['not a file of another stage', 'FROM a AS b\nFROM c\nCOPY --from=b go.m|od /\n', []],
  ['not the destination', 'FROM a\nCOPY x go.m|od\n', []],
  ['not what is nowhere', 'FROM a\nCOPY none|.txt /\n', []],
])('the definition of a file: %s', async (_, marked, expected) => {
  const open = await server.open(marked);
  const found = await server.client.sendRequest(DefinitionRequest.type, open.at);
  const uris = [found ?? []].flat().flatMap((one) => ('uri' in one ? [one.uri] : []));
  expect(uris).toEqual(expected.map((path) => `file:///project/${path}`));
});

describe('highlight, references and rename', () => {
  test.each([
    ['a stage', cursorIn(names, 'AS bu|ild'), ['1:build', '4:build', '5:build', '7:BUILD']],
    ['a variable with its heirs', cursorIn(names, 'ENV O|UT'), ['3:OUT', '5:OUT']],
    [
      'an argument through its declarations',
      cursorIn(names, 'ARG BA|SE=alpine'),
      ['0:BASE', '2:BASE', '1:BASE', '5:BASE'],
    ],
    ['a heredoc', 'FROM a\nRUN <<E|OF\nls\nEOF\n', ['1:EOF', '3:EOF']],
    [
      'a variable at the end of a heredoc’s line',
      'FROM a\nARG |V=1\nRUN <<EOF\nls $V\nls ${V}\n# $V\nx $V\nEOF\nCOPY <<E /\n# $V\nE\n',
      ['1:V', '3:V', '4:V', '6:V', '9:V'],
    ],
  ])('%s', async (_, marked, expected) => {
    const open = await server.open(marked);
    const marks = await server.client.sendRequest(DocumentHighlightRequest.type, open.at);
    expect(marks?.map(({ range }) => shown(open, range))).toEqual(expected);
    const all = await server.client.sendRequest(ReferencesRequest.type, {
      ...open.at,
      context: { includeDeclaration: true },
    });
    expect(all?.map(({ range }) => shown(open, range)).sort()).toEqual(expected.toSorted());
    const edit = await server.client.sendRequest(RenameRequest.type, { ...open.at, newName: 'x1' });
    expect(edit?.changes?.[open.uri]?.map(({ range }) => shown(open, range)).sort()).toEqual(
      expected.toSorted(),
    );
  });

  test('a stage index is not renamed, nor offered for it', async () => {
    const text = 'FROM a AS b\nFROM scratch\nCOPY --from=|0 / /\n';
    const open = await server.open(text);
    expect(await server.client.sendRequest(PrepareRenameRequest.type, open.at)).toBeNull();
  });

  test('a stage gets its capitals where BuildKit finds it by them', async () => {
    const open = await server.open('FROM a AS |b\nFROM b\nCOPY --from=b / /\n');
    const edit = await server.client.sendRequest(RenameRequest.type, { ...open.at, newName: 'Up' });
    const texts = edit?.changes?.[open.uri]?.map(({ newText }) => newText);
    expect(texts).toEqual(['Up', 'up', 'Up']);
  });

  test.each([
    ['another stage', 'FROM a AS |x\nFROM b AS y\nCOPY --from=x / /\n', 'Y'],
    ['an image', 'FROM a AS |x\nFROM busybox\n', 'busybox'],
    ['an image that is copied from', 'FROM a AS |x\nFROM b\nCOPY --from=img / /\n', 'img'],
    ['another variable of the stage', 'FROM a\nARG |V\nENV W=1\nRUN $V\n', 'W'],
    ['what a shell reads', 'FROM a\nARG |V\nRUN x=1; echo $x $V\n', 'x'],
    ['a line of the heredoc', 'FROM a\nRUN <<|E\nls\nE\n', 'ls'],
  ])('a name that is taken by %s is refused', async (_, text, newName) => {
    const open = await server.open(text);
    const rename = server.client.sendRequest(RenameRequest.type, { ...open.at, newName });
    await expect(rename).rejects.toThrow(/has a meaning in this file already/);
  });

  test.each([
    ['FROM a\nARG |V\nRUN $V\nFROM b\nARG W\nRUN $W\n', 'W', 2],
    ['FROM a AS |x\nFROM x\n', 'X', 2],
    ['FROM a AS |x\nFROM x\n', 'a', 2],
  ])('a name that is free where it is meant is taken: %j', async (text, newName, count) => {
    const open = await server.open(text);
    const edit = await server.client.sendRequest(RenameRequest.type, { ...open.at, newName });
    expect(edit?.changes?.[open.uri]).toHaveLength(count);
  });

  test('a name that BuildKit would refuse is refused with a reason', async () => {
    const open = await server.open('FROM a AS |b\n');
    const rename = server.client.sendRequest(RenameRequest.type, { ...open.at, newName: '0 b' });
    await expect(rename).rejects.toThrow(/a stage name starts with a letter/);
  });
});

const labels = (answer: unknown): string[] =>
  Array.isArray(answer)
    ? answer.flatMap((item: unknown) =>
        typeof item === 'object' &&
        item !== null &&
        'label' in item &&
        typeof item.label === 'string'
          ? [item.label]
          : [],
      )
    : [];

describe('completion', () => {
  test.each([
    ['instructions', 'FROM a\nWO|', ['WORKDIR']],
    ['instructions in the case of the file', 'from a\nwo|', ['workdir']],
    ['whole patterns', 'FROM a\nRU|', ['RUN apt-get with caches']],
    ['what may follow ONBUILD', 'FROM a\nONBUILD U|', ['USER']],
    ['flags that are not there yet', 'FROM a\nCOPY --link --c|', ['--chmod=', '--chown=']],
    ['the values of a flag', 'FROM a\nRUN --network=|', ['default', 'none', 'host']],
    ['mount types', 'FROM a\nRUN --mount=type=s|', ['secret', 'ssh']],
    ['the options of a mount type', 'FROM a\nRUN --mount=type=secret,i|', ['id=']],
    [
      'the values of a mount option',
      'FROM a\nRUN --mount=type=cache,sharing=|',
      ['shared', 'private', 'locked'],
    ],
    ['stages for a mount', 'FROM a AS one\nFROM b AS two\nRUN --mount=from=|', ['one']],
    ['stages for COPY', 'FROM a AS one\nFROM b AS two\nCOPY --from=|', ['one']],
    ['earlier stages for FROM', 'FROM a AS one\nFROM o|', ['one']],
    ['tags, the newest first', 'FROM alpine:3|', ['3.9', '3.20']],
    [
      'variables in scope',
      'ARG G=1\nFROM a\nENV HOME2=/x\nWORKDIR $H|',
      ['HOME2', 'HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'],
    ],
    ['global arguments for ARG', 'ARG VERSION=1\nFROM a\nARG VER|', ['VERSION']],
    ['files of the context that are not ignored', 'FROM a\nCOPY |', ['cmd/', 'go.mod']],
    ['files of a folder', 'FROM a\nCOPY cmd/|', ['main.go']],
    ['folders that the stage works in', 'FROM a\nWORKDIR /src\nCOPY x /|', ['/src/']],
    ['users that the file makes', 'FROM a\nRUN useradd -r app\nUSER a|', ['app']],
    ['signals', 'FROM a\nSTOPSIGNAL SIGU|', ['SIGUSR1', 'SIGUSR2']],
    ['ports with protocols', 'FROM a\nEXPOSE 53/|', ['53/tcp', '53/udp', '53/udp', '53/sctp']],
    ['label keys', 'FROM a\nLABEL org.opencontainers.image.t|', ['org.opencontainers.image.title']],
    ['directives', '# sy|', ['syntax=']],
    [
      'frontends',
      '# syntax=docker/dockerfile:|\n',
      ['docker/dockerfile:1', 'docker/dockerfile:1-labs'],
    ],
    ['rules to skip', '# check=skip=Stage|\n', ['StageNameCasing']],
    [
      'rules to skip for an instruction',
      'FROM a\n# check=skip=Stage|\nRUN x\n',
      ['StageNameCasing'],
    ],
    ['the directive above an instruction', 'FROM a\n# ch|\nRUN x\n', ['check=']],
    ['rules of hadolint to ignore', 'FROM a\n# hadolint ignore=DL3004,DL302|\nRUN x\n', ['DL3020']],
    ['nothing behind # in a heredoc', 'FROM a\nRUN <<E\n# check=skip=Stage|\nE\n', []],
    [
      'folders of package managers for a cache',
      'FROM a\nRUN --mount=type=cache,target=/root/.n|',
      ['/root/.npm', '/root/.nuget/packages'],
    ],
    ['no such folders for a bind', 'FROM a\nRUN --mount=type=bind,target=/root/.n|', []],
    ['nothing in the text of a shell', 'FROM a\nRUN make |', []],
    ['nothing in a comment', 'FROM a\n# RU|', []],
    ['an instruction behind a lone continuation', 'FROM a\n\\\nWO|', ['WORKDIR']],
    ['an instruction on the line after it', 'FROM a\n\\\n|', ['ADD', 'ARG']],
  ])('%s', async (_, marked, expected) => {
    const open = await server.open(marked);
    const found = labels(await server.client.sendRequest(CompletionRequest.type, open.at));
    const wanted = expected.length === 0 ? [] : expected;
    expect(found.filter((label) => expected.length === 0 || wanted.includes(label)).sort()).toEqual(
      wanted.toSorted(),
    );
  });

  test.each([
    ['FROM a\nWOR\\\nK|', 'WORKDIR', 'KDIR '],
    ['FROM a\nwor\\\n|', 'workdir', 'kdir '],
    ['# escape=`\nFROM a\nHEALTH`\nC|', 'HEALTHCHECK NONE', 'CHECK NONE'],
  ])('the rest of a keyword that is continued: %j', async (marked, label, rest) => {
    const open = await server.open(marked);
    const answer = await server.client.sendRequest(CompletionRequest.type, open.at);
    const items = Array.isArray(answer) ? answer : (answer?.items ?? []);
    expect(items.find((item) => item.label === label)).toMatchObject({
      filterText: rest.trimEnd(),
      textEdit: { newText: rest },
    });
    expect(items.map((item) => item.label)).not.toContain('RUN');
  });
});

describe('hover', () => {
  test.each([
    ['a keyword and its op', 'FROM scratch\nCO|PY a /\n', /Copies files[\s\S]*`file` sha256:/],
    ['a flag', 'FROM a\nCOPY --li|nk a /\n', /layer of its own/],
    [
      'a mount option',
      'FROM a\nRUN --mount=type=cache,sha|ring=locked,target=/x true\n',
      /Default: `shared`/,
    ],
    ['a resolved variable', 'FROM a\nENV A=1\nENV B=$A-x\nRUN echo $|B\n', /ENV B=1-x/],
    ['a predefined variable', 'FROM --platform=$BUILD|PLATFORM a\n', /machine that builds/],
    [
      'a stage',
      '# build Makes it\nFROM a AS build\nFROM scratch\nCOPY --from=bu|ild / /\n',
      /Makes it/,
    ],
    ['a directive', '# es|cape=`\nFROM a\n', /continues the instruction/],
    ['a directive that cannot have its value', '# esc|ape=none\nFROM a\n', /continues/],
    ['a variable of a file without a FROM', 'ENV A="x y"\nUSER $|A\n', /ENV A=x y/],
    ['its definition', "ENV |A='x y'\n", /ENV A=x y/],
    ['an ENV that stands before the first FROM', 'ENV A|=1\nFROM x\n', /ENV A=1/],
  ])('%s', async (_, marked, expected) => {
    const open = await server.open(marked);
    const answer = await server.client.sendRequest(HoverRequest.type, open.at);
    expect(JSON.stringify(answer?.contents).replaceAll('\\n', '\n')).toMatch(expected);
  });
});

describe('signature help', () => {
  test.each([
    ['FROM a:|', 'FROM baseImage:tag', 1],
    ['FROM a AS |', 'FROM baseImage AS stage', 3],
    ['FROM a:${T:-|latest}', 'FROM baseImage:tag', 1],
    ['FROM a\nENV A\\\n|=', 'ENV key=value', 0],
    ['FROM a\nCOPY a |', 'COPY [flags] source ... dest', 3],
    ['FROM a\nCOPY --link -- x| y', 'COPY [flags] source ... dest', 1],
    ['FROM a\nENV A=1 B=|', 'ENV key=value key2=value2', 3],
    ['FROM a\nCMD ["a", |', 'CMD [ "executable", "parameter", ... ]', 2],
    ['FROM a\nRUN --mount=|', 'RUN --mount=type=bind|cache|tmpfs|secret|ssh,... ...', 0],
  ])('%s', async (marked, label, active) => {
    const open = await server.open(marked);
    const help = await server.client.sendRequest(SignatureHelpRequest.type, open.at);
    expect([help?.signatures[help.activeSignature ?? 0]?.label, help?.activeParameter]).toEqual([
      label,
      active,
    ]);
  });
});

describe('layout of the text', () => {
  test('stages, instructions, heredocs, comments and regions fold', async () => {
    const { uri } = await server.open(
      '# a\n# b\nFROM x\nRUN a \\\n b\nRUN <<E\nls\nE\n# region z\nUSER a\n# endregion\n',
    );
    const folds = await server.client.sendRequest(FoldingRangeRequest.type, {
      textDocument: { uri },
    });
    expect(folds?.map(({ startLine, endLine, kind }) => [startLine, endLine, kind])).toEqual([
      [3, 4, undefined],
      [5, 7, undefined],
      [0, 1, 'comment'],
      [2, 9, undefined],
      [8, 10, 'region'],
    ]);
  });

  test.each([
    ['FROM x\nENV A=1 \\\n', [1, 2]],
    ['FROM x\nENV A=1 \\\n# B=2\n', [1, 3]],
  ])(
    'an instruction that the end of the file cuts off folds up to there: %j',
    async (text, fold) => {
      const { uri } = await server.open(text);
      const folds = await server.client.sendRequest(FoldingRangeRequest.type, {
        textDocument: { uri },
      });
      expect(folds?.map(({ startLine, endLine }) => [startLine, endLine])).toContainEqual(fold);
    },
  );

  test('symbols are flat for a client that knows no hierarchy', async () => {
    const { uri } = await server.open('# escape=`\nFROM x AS y\nRUN a\n');
    const symbols = await server.client.sendRequest(DocumentSymbolRequest.type, {
      textDocument: { uri },
    });
    expect(symbols?.map(({ name }) => name)).toEqual(['escape', 'FROM', 'RUN']);
  });

  test('a lone continuation, which has no name, is no symbol', async () => {
    const { uri } = await server.open('FROM x\nRUN a\n\n\\');
    const symbols = await server.client.sendRequest(DocumentSymbolRequest.type, {
      textDocument: { uri },
    });
    expect(symbols?.map(({ name }) => name)).toEqual(['FROM', 'RUN']);
  });

  test('selections grow from word to file', async () => {
    const open = await server.open('FROM a\nCOPY x| y\nUSER u\n');
    const [first] =
      (await server.client.sendRequest(SelectionRangeRequest.type, {
        textDocument: { uri: open.uri },
        positions: [open.position],
      })) ?? [];
    const seen: string[] = [];
    for (let range = first; range !== undefined; range = range.parent) {
      seen.push(shown(open, range.range));
    }
    expect(seen).toEqual(['1:x', '1:x y', '1:COPY x y', '0:FROM a', '0:FROM a']);
  });

  test('the two names of a heredoc change together', async () => {
    const open = await server.open('FROM a\nRUN <<E|OF\nls\nEOF\n');
    const linked = await server.client.sendRequest(LinkedEditingRangeRequest.type, open.at);
    expect(linked?.ranges.map((range) => shown(open, range))).toEqual(['1:EOF', '3:EOF']);
  });

  test.each([
    ['FROM node:20', 'https://hub.docker.com/_/node/', '0:node'],
    ['FROM ghcr.io/a/b:1', 'https://github.com/a/b/pkgs/container/b', '0:ghcr.io/a/b'],
    ['ARG A=quay.io/a/b:1\nFROM $A', 'https://quay.io/repository/a/b', '1:$A'],
    ['ARG A\nFROM $A', undefined, undefined],
    ['FROM localhost:5000/a', undefined, undefined],
    ['FROM registry.example.com/a/b', undefined, undefined],
  ])('the image of %s links to %s', async (text, target, place) => {
    const open = await server.open(`${text}\n`);
    const [link] =
      (await server.client.sendRequest(DocumentLinkRequest.type, {
        textDocument: { uri: open.uri },
      })) ?? [];
    expect(link?.target).toBe(target);
    expect(link && shown(open, link.range)).toBe(place);
  });
});

describe('formatting', () => {
  const format = async (text: string, more: Partial<FormattingOptions> = {}) => {
    const { uri } = await server.open(text);
    const edits = await server.client.sendRequest(DocumentFormattingRequest.type, {
      textDocument: { uri },
      options: { tabSize: 4, insertSpaces: true, ...more },
    });
    return applied(text, edits ?? []);
  };
  test.each([
    ['blanks at both ends of lines go', '  FROM a  \nUSER b \n', 'FROM a\nUSER b\n'],
    [
      'continuation lines are indented',
      'FROM a\nENV A=1 \\\nB=2\n',
      'FROM a\nENV A=1 \\\n    B=2\n',
    ],
    [
      'an indentation made by hand stays',
      'FROM a\nENV A=1 \\\n  B=2\n',
      'FROM a\nENV A=1 \\\n  B=2\n',
    ],
    [
      'the text of a RUN stays, for it is part of the step',
      'FROM a\nRUN a \\\nb  c\n',
      'FROM a\nRUN a \\\nb  c\n',
    ],
    ['heredocs stay', 'FROM a\nCOPY <<E /x\n  a  \nE\n', 'FROM a\nCOPY <<E /x\n  a  \nE\n'],
    ['the end of the file stays', 'FROM a\n\n\nUSER b', 'FROM a\n\n\nUSER b'],
  ])('%s', async (_, before, after) => {
    expect(await format(before)).toBe(after);
  });

  test.each([
    ['FROM a', { insertFinalNewline: true }, 'FROM a\n'],
    ['FROM a\r\nUSER b', { insertFinalNewline: true }, 'FROM a\r\nUSER b\r\n'],
    ['FROM a\n\n\n', { trimFinalNewlines: true }, 'FROM a\n'],
  ])('the file ends as the client asks: %j with %j', async (before, options, after) => {
    expect(await format(before, options)).toBe(after);
  });

  test.each([
    'FROM a\nCOPY <<E /x\na\\|\nE\n',
    '# check=skip=all\\|\nFROM a\n',
    '# a remark\\|\nFROM a\n',
  ])('what does not go on leaves the next line at the very left while typing: %j', async (text) => {
    const open = await server.open(text);
    const edits = await server.client.sendRequest(DocumentOnTypeFormattingRequest.type, {
      ...open.at,
      ch: '\\',
      options: { tabSize: 2, insertSpaces: true },
    });
    expect(edits).toEqual([]);
  });

  test('a line behind a continuation is indented while typing', async () => {
    const open = await server.open('FROM a\nRUN a \\\n|');
    const edits = await server.client.sendRequest(DocumentOnTypeFormattingRequest.type, {
      ...open.at,
      ch: '\n',
      options: { tabSize: 2, insertSpaces: true },
    });
    expect(edits?.map(({ newText }) => newText)).toEqual(['  ']);
  });
});

function applied(text: string, edits: readonly { range: Range; newText: string }[]): string {
  const lines = text.split('\n');
  const starts = lines.map(
    (_, index) => lines.slice(0, index).join('\n').length + (index > 0 ? 1 : 0),
  );
  const offset = ({ line, character }: Range['start']) => (starts[line] ?? text.length) + character;
  return edits
    .toSorted((a, b) => offset(b.range.start) - offset(a.range.start))
    .reduce(
      (result, { range, newText }) =>
        result.slice(0, offset(range.start)) + newText + result.slice(offset(range.end)),
      text,
    );
}

describe('semantic tokens', () => {
  const decode = (text: string, { data }: SemanticTokens) => {
    const lines = text.split('\n');
    let line = 0;
    let character = 0;
    const seen: string[] = [];
    for (let at = 0; at + 4 < data.length; at += 5) {
      const [down = 0, right = 0, length = 0, type = 0] = data.slice(at, at + 4);
      line += down;
      character = down === 0 ? character + right : right;
      seen.push(
        `${lines[line]?.slice(character, character + length) ?? ''} ${tokenTypes[type] ?? '?'}`,
      );
    }
    return seen;
  };
  const tokens = async (text: string) => {
    const { uri } = await server.open(text);
    const answer = await server.client.sendRequest(SemanticTokensRequest.type, {
      textDocument: { uri },
    });
    return decode(text, answer ?? { data: [] });
  };

  test('the syntax of the file', async () => {
    expect(await tokens('FROM alpine AS x\nENV A=$B\n')).toEqual([
      'FROM keyword',
      'alpine class',
      'AS keyword',
      'x namespace',
      'ENV keyword',
      'A variable',
      '= operator',
      '$B variable',
    ]);
  });

  test('the shell in RUN and in heredocs', async () => {
    expect(
      await tokens('FROM a\nRUN if ls -l "$X"; then \\\n  y=1 make; fi # c\n').then((all) =>
        all.slice(2),
      ),
    ).toEqual([
      'RUN keyword',
      'if keyword',
      'ls function',
      '-l parameter',
      '" string',
      '$X variable',
      '" string',
      '; operator',
      'then keyword',
      '\\ macro',
      'y variable',
      'make function',
      '; operator',
      'fi keyword',
      '# c comment',
    ]);
  });

  test('other languages in heredocs', async () => {
    const all = await tokens('FROM a\nRUN <<E\n#!/usr/bin/env python3\nfor x in "a": pass\nE\n');
    expect(all).toContain('for keyword');
    expect(all).toContain('"a" string');
  });

  test('a range is a part of the whole, and an edit is a small change', async () => {
    const text = 'FROM a\nRUN b\nRUN c\n';
    const { uri } = await server.open(text);
    const textDocument = { uri };
    const range = { start: { line: 1, character: 0 }, end: { line: 1, character: 5 } };
    const part = await server.client.sendRequest(SemanticTokensRangeRequest.type, {
      textDocument,
      range,
    });
    expect(decode(text, part ?? { data: [] })).toContain('b function');
    const full = await server.client.sendRequest(SemanticTokensRequest.type, { textDocument });
    const delta = await server.client.sendRequest(SemanticTokensDeltaRequest.type, {
      textDocument,
      previousResultId: full?.resultId ?? '',
    });
    expect(delta).toMatchObject({ edits: [] });
  });
});

test.each([
  ['completionItem/resolve', { label: 'RUN' }],
  ['documentLink/resolve', { range, target: 'https://x/' }],
  ['codeAction/resolve', { title: 'Fix' }],
  ['inlayHint/resolve', { position: range.start, label: 'x' }],
  ['workspaceSymbol/resolve', { name: 'x', kind: 1, location: { uri: 'file:///D' } }],
])('%s gives back what a client asks about that need not ask', async (method, item) => {
  expect(await server.client.sendRequest(method, item)).toEqual(item);
});

describe('stages across the file', () => {
  test('who builds on whom', async () => {
    const open = await server.open(cursorIn(names, 'AS bu|ild'));
    const [item] =
      (await server.client.sendRequest(CallHierarchyPrepareRequest.type, open.at)) ?? [];
    expect(item?.name).toBe('build');
    if (item === undefined) return;
    const calls = await server.client.sendRequest(CallHierarchyIncomingCallsRequest.type, { item });
    expect(calls?.map(({ from }) => from.name)).toEqual(['test', 'stage-2']);
  });

  test('stages of open files are found by their names', async () => {
    await server.open('FROM a AS very-special\n');
    const found = await server.client.sendRequest(WorkspaceSymbolRequest.type, {
      query: 'vspecial',
    });
    expect(found?.map(({ name }) => name)).toContain('very-special');
  });

  test('hints say what variables are', async () => {
    const { uri } = await server.open('ARG V=3\nFROM alpine:$V\nENV D=/x\nWORKDIR $D/y\n');
    const hints = await server.client.sendRequest(InlayHintRequest.type, {
      textDocument: { uri },
      range: { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } },
    });
    expect(hints?.map(({ label }) => label)).toEqual(['alpine:3', '/x/y']);
  });
});
