import { CodeActionKind, type Range } from 'vscode-languageserver-types';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { expect, test } from 'vitest';
import { offlineResolver } from '../dockerfile';
import type { ImageResolver } from '../dockerfile/compile/image-resolver';
import { DockerfileBuildFile } from '../dockerfile-build-file';
import { quickChecks } from '../checks/checks';
import type { ServerHost } from '../host';
import { defaultSettings } from '../settings';

const digest = `sha256:${'1'.repeat(64)}`;
const known: ImageResolver = {
  resolve: async (ref, query) => ({
    ...(await offlineResolver().resolve(ref, query)),
    digest,
    uncertain: false,
  }),
};

function host(images: ImageResolver): ServerHost {
  return {
    buildPlatforms: ['linux/amd64'],
    readText: () => Promise.resolve(undefined),
    listFolder: () => Promise.resolve([]),
    imageTags: () => Promise.resolve([]),
    searchImages: () => Promise.resolve([]),
    images: () => images,
    onImagesKnown: () => undefined,
    forgetImages: () => undefined,
    setAccess: () => undefined,
    store: () => undefined,
  };
}

/** Titles, and the text that each action gives; `|` or `«…»` is the selection. */
async function actions(
  marked: string,
  only?: string[],
  images: ImageResolver = offlineResolver(),
): Promise<Record<string, string>> {
  const text = marked.replace(/[|«»]/g, '');
  const start = Math.max(0, marked.search(/[|«]/));
  const end = marked.includes('»') ? marked.indexOf('»') - 1 : start;
  const document = TextDocument.create('file:///D', 'dockerfile', 1, text);
  const range: Range = { start: document.positionAt(start), end: document.positionAt(end) };
  const file = new DockerfileBuildFile(document, host(images));
  const diagnostics = [...(await file.diagnostics())];
  const found = await file.codeActions(range, { diagnostics, ...(only && { only }) });
  return Object.fromEntries(
    found.map(({ title, edit }) => [
      title,
      TextDocument.applyEdits(document, edit?.changes?.['file:///D'] ?? []),
    ]),
  );
}

test('a finding has its fix, and BuildKit’s directives to silence it', async () => {
  expect(await actions('FROM a |as x\nRUN y\n', [CodeActionKind.QuickFix])).toEqual({
    'Write AS as in FROM': 'FROM a AS x\nRUN y\n',
    'Ignore FromAsCasing here': '#\n# check=skip=FromAsCasing\nFROM a as x\nRUN y\n',
    'Ignore FromAsCasing in this file': '# check=skip=FromAsCasing\nFROM a as x\nRUN y\n',
  });
});

/** The text after the fix of a finding that is not BuildKit's; `|` is in it. */
async function fixed(marked: string, title: string, config?: string): Promise<string | undefined> {
  const text = marked.replace('|', '');
  const document = TextDocument.create('file:///D', 'dockerfile', 1, text);
  const machine: ServerHost = {
    ...host(offlineResolver()),
    readText: (uri) => Promise.resolve(uri.endsWith('.hadolint.yaml') ? config : undefined),
  };
  const file = new DockerfileBuildFile(document, machine);
  const settings = { ...defaultSettings, hadolint: { enabled: true } };
  const at = document.positionAt(marked.indexOf('|'));
  const diagnostics = (await quickChecks(file.view, machine, settings)).filter(
    ({ range }) => range.start.line <= at.line && at.line <= range.end.line,
  );
  const found = await file.codeActions({ start: at, end: at }, { diagnostics });
  const wanted = found.find((one) => one.title === title);
  const edits = wanted?.edit?.changes?.['file:///D'];
  expect(wanted === undefined || wanted.diagnostics?.length === 1).toBe(true);
  return edits && TextDocument.applyEdits(document, edits);
}

test.each([
  [
    'Change to build',
    'FROM a AS build\nFROM b\nCOPY --from=bu|idl / /\n',
    'FROM a AS build\nFROM b\nCOPY --from=build / /\n',
  ],
  ['Remove ARG V', 'ARG |V=1\nFROM a\nRUN x\n', 'FROM a\nRUN x\n'],
  ['Remove ARG V', 'ARG |V=1\nFROM a\nRUN echo $V\n', undefined],
  [
    'Declare V in the stages that name it',
    'ARG |V=1\nFROM a AS b\nRUN echo $V\nFROM b\nRUN echo ${V}\nfrom c\nRUN y\nfrom d\nRUN $V\n',
    'ARG V=1\nFROM a AS b\nARG V\nRUN echo $V\nFROM b\nRUN echo ${V}\nfrom c\nRUN y\nfrom d\narg V\nRUN $V\n',
  ],
  ['Remove ARG V', 'ARG |V=1 W=2\nFROM a\n', undefined],
  [
    'Ignore DL3004 here',
    '# syntax=x\nFROM a:1\nUSER b\nRUN su|do x\n',
    '# syntax=x\nFROM a:1\nUSER b\n# hadolint ignore=DL3004\nRUN sudo x\n',
  ],
  [
    'Ignore DL3004 here',
    'FROM a:1\n# hadolint ignore=DL1 # why\nRUN su|do x\n',
    'FROM a:1\n# hadolint ignore=DL1,DL3004 # why\nRUN sudo x\n',
  ],
  [
    'Ignore DL3004 in this file',
    '# syntax=x\n\nFROM a:1\nRUN su|do x\n',
    '# syntax=x\n# hadolint global ignore=DL3004\n\nFROM a:1\nRUN sudo x\n',
  ],
  [
    'Ignore DL3004 in this file',
    '# hadolint global ignore=DL1,DL2\nFROM a:1\nRUN su|do x\n',
    '# hadolint global ignore=DL1,DL2,DL3004\nFROM a:1\nRUN sudo x\n',
  ],
])('%s: %j', async (title, marked, expected) => {
  const text = await fixed(marked, title);
  expect(text).toBe(expected);
  if (text === undefined) return;
  const settings = { ...defaultSettings, hadolint: { enabled: true } };
  const document = TextDocument.create('file:///D', 'dockerfile', 1, text);
  const left = await quickChecks(
    new DockerfileBuildFile(document, host(offlineResolver())).view,
    host(offlineResolver()),
    settings,
  );
  const gone = ['unknown-stage', 'unreachable-arg', ...(title.includes('DL') ? ['DL3004'] : [])];
  expect(left.filter(({ code }) => gone.includes(String(code)))).toEqual([]);
});

test('where a config forbids hadolint’s comments none is offered', async () => {
  const text = 'FROM a:1\nRUN su|do x\n';
  expect(await fixed(text, 'Ignore DL3004 here', 'disable-ignore-pragma: true\n')).toBeUndefined();
});

test.each([
  [
    '# check=error=true\nFROM a |as x\n',
    'Ignore FromAsCasing in this file',
    '# check=skip=FromAsCasing;error=true\nFROM a as x\n',
  ],
  [
    '# syntax=x\n# check=skip=A;error=true\nFROM a |as x\n',
    'Ignore FromAsCasing in this file',
    '# syntax=x\n# check=skip=A,FromAsCasing;error=true\nFROM a as x\n',
  ],
  [
    'FROM b\n# check=skip=A why\nFROM a |as x\n',
    'Ignore FromAsCasing here',
    'FROM b\n# check=skip=A,FromAsCasing why\nFROM a as x\n',
  ],
  [
    'FROM b\n# words\nFROM a |as x\n',
    'Ignore FromAsCasing here',
    'FROM b\n# check=skip=FromAsCasing\n# words\nFROM a as x\n',
  ],
])('an existing directive is added to: %j', async (marked, title, expected) => {
  expect((await actions(marked))[title]).toBe(expected);
});

test.each([
  ['FROM a\nCOPY |--form=b c d\n', 'Change to from', 'FROM a\nCOPY --from=b c d\n'],
  ['FROM a\nRUM| x\n', 'Change to RUN', 'FROM a\nRUN x\n'],
  [
    'FROM a\nRUN |--mount=type=cache,targte=/x y\n',
    'Change to target',
    'FROM a\nRUN --mount=type=cache,target=/x y\n',
  ],
])('“did you mean” is one click away: %j', async (marked, title, expected) => {
  expect((await actions(marked))[title]).toBe(expected);
});

test('fix all fixes what leaves the build as it is, until nothing is left', async () => {
  const text = 'from a as X\nENV k v w\nEXPOSE 80/TCP\nMAINTAINER me\nCMD nginx\nCMD nginx -g x\n';
  expect(await actions(text, [CodeActionKind.SourceFixAll])).toEqual({
    'Fix all findings that leave the build as it is':
      'FROM a AS x\nENV k="v w"\nEXPOSE 80/tcp\nLABEL org.opencontainers.image.authors="me"\nCMD ["nginx", "-g", "x"]\n',
  });
  expect(await actions('FROM a\n', [CodeActionKind.SourceFixAll])).toEqual({});
});

test('an image is pinned only when its digest is sure', async () => {
  const only = [CodeActionKind.RefactorRewrite];
  expect(await actions('FROM |a:1\n', only)).toEqual({});
  expect(await actions('FROM |a:1\n', only, known)).toEqual({
    'Pin a:1 to its digest': `FROM a:1@${digest}\n`,
  });
});

test.each([
  ['FROM --platform=linux/arm64 |a:1 AS b\n', 'a:1'],
  ['FROM |localhost:5000/team/a\n', 'localhost:5000/team/a'],
  ['FROM |r.example:443/a:v1.2 AS b\n', 'r.example:443/a:v1.2'],
  ['FROM \\\n  |a\n', 'a'],
  ['# escape=`\r\nFROM `\r\n  |a\r\n', 'a'],
  ['FROM a AS b\nCOPY --from=|c:1 / /\n', 'c:1'],
  ['FROM a AS b\nONBUILD COPY --from=|c:1 / /\n', 'c:1'],
  ['FROM a AS b\nRUN --mount=type=bind,from=|c:1,target=/x y\n', 'c:1'],
  // What has no digest of its own, or already one.
  ['ARG V=1\nFROM |a:$V\n', undefined],
  ['ARG A=a\nFROM |${A}\n', undefined],
  ['FROM |scratch\n', undefined],
  [`FROM |a:1@sha256:${'2'.repeat(64)}\n`, undefined],
  ['FROM a AS b\nFROM |b\n', undefined],
  ['FROM a AS b\nFROM c\nCOPY --from=|B / /\n', undefined],
  ['FROM a AS b\nFROM c\nCOPY --from=|0 / /\n', undefined],
  ['FROM a\nCOPY --from=|7 / /\n', undefined],
  ['FROM |A:1\n', undefined],
  ['FROM |\n', undefined],
])('what is pinned in %j', async (marked, name) => {
  const found = await actions(marked, ['refactor.rewrite.pin'], known);
  const text = marked.replace('|', '');
  const at = marked.indexOf('|') + (name?.length ?? 0);
  expect(found).toEqual(
    name === undefined
      ? {}
      : { [`Pin ${name} to its digest`]: `${text.slice(0, at)}@${digest}${text.slice(at)}` },
  );
});

test('only the kinds that are asked for are given', async () => {
  const text = 'FROM a\nCOPY |x $unknown\n';
  expect(Object.keys(await actions(text, [CodeActionKind.Refactor]))).toEqual(['Add --link']);
  expect(Object.keys(await actions(text, [CodeActionKind.SourceOrganizeImports]))).toEqual([]);
});
