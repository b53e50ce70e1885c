import { describe, expect, test } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import {
  DidOpenTextDocumentNotification,
  DocumentHighlightKind,
  DocumentHighlightRequest,
  InitializedNotification,
  PrepareRenameRequest,
  Range,
  ReferencesRequest,
  RegistrationRequest,
  RenameRequest,
} from 'vscode-languageserver';
import { startTestServer } from '../testing/protocol';
import { CompositionFile, compositionReader } from './composition-file';

const dockerfile = 'ARG VERSION=1\nFROM a AS build\nARG MODE\nFROM build AS release\n';
const files: Readonly<Record<string, string>> = {
  'file:///p/Dockerfile': dockerfile,
  'file:///p/app/build.Dockerfile': dockerfile,
};

const compose = `services:
  web:
    build:
      context: ./app
      dockerfile: "build.Dockerfile"
      target: |STAGE|
      args:
        VERSION: 2
        MODUS: x
  db:
    image: postgres
  plain:
    build: .
  other:
    build: { context: "\${WHERE}", target: nowhere }
`;
const hcl = `# the usual
variable "TAG" { default = "x" }
group "default" { targets = ["web"] }
target "web" {
  context = "./app" // here
  dockerfile = "build.Dockerfile"
  target = "|STAGE|"
  args = {
    VERSION = "2"
    "MODUS" = TAG
  }
  tags = ["me/x:\${TAG}"]
}
target "plain" {
  inherits = ["elsewhere"]
  target = "nowhere"
}
target "inline" {
  dockerfile-inline = <<EOT
FROM x
EOT
  target = "nowhere"
}
`;
const json = `{"target": {"web": {"context": "./app", "dockerfile": "build.Dockerfile",
  "target": "|STAGE|", "args": {"VERSION": "2", "MODUS": null}}}}`;

function open(name: string, text: string) {
  const uri = `file:///p/${name}`;
  const read = compositionReader(uri);
  if (read === undefined) throw new Error(`${name} is not read`);
  const host = { readText: (wanted: string) => Promise.resolve(files[wanted]) };
  const document = TextDocument.create(uri, 'yaml', 1, text);
  return { document, file: new CompositionFile(document, host, read) };
}

describe.each([
  ['compose.yaml', compose],
  ['docker-bake.hcl', hcl],
  ['docker-bake.json', json],
])('%s', (name, marked) => {
  const text = (stage: string) => marked.replace('|STAGE|', stage);

  test('an unknown stage and an argument without effect are said', async () => {
    const { document, file } = open(name, text('relase'));
    const found = await file.diagnostics();
    expect(found.map(({ range, message }) => [document.getText(range), message])).toEqual([
      ['relase', 'target stage "relase" could not be found (did you mean release?)'],
      ['MODUS', 'The Dockerfile declares no ARG MODUS: it has no effect.'],
    ]);
  });

  test('the Dockerfile is a click away', async () => {
    const { document, file } = open(name, text('release'));
    const [first] = await file.links();
    expect(first && [document.getText(first.range), first.target]).toEqual([
      'build.Dockerfile',
      'file:///p/app/build.Dockerfile',
    ]);
  });

  test.each([
    ['release', 3],
    ['VERSION', 0],
  ])('%s leads to its definition', async (word, line) => {
    const { document, file } = open(name, text('release'));
    const at = document.positionAt(document.getText().indexOf(word) + 1);
    const found = await file.definition(at);
    expect([found?.uri, found?.range.start.line]).toEqual(['file:///p/app/build.Dockerfile', line]);
  });

  test.each([
    ['release', ['build', 'release']],
    ['MODUS', ['VERSION', 'MODE']],
  ])('what can stand in place of %s', async (word, expected) => {
    const { document, file } = open(name, text('release'));
    const at = document.positionAt(document.getText().lastIndexOf(word) + 1);
    const names = await file.names(at);
    expect(names.map(({ text: offered }) => offered)).toEqual(expected);
    expect(names.map(({ range }) => document.getText(range))).toEqual(expected.map(() => word));
  });

  test('what it builds can be asked for', async () => {
    const { file } = open(name, text('release'));
    expect((await file.builds())[0]).toMatchObject({
      name: 'web',
      dockerfile: 'file:///p/app/build.Dockerfile',
      context: 'file:///p/app/',
      target: 'release',
      buildArgs: { VERSION: '2' },
    });
  });

  test('the targets are outlined', () => {
    const { file } = open(name, text('release'));
    expect(file.symbols()[0]).toMatchObject({ name: 'web', detail: 'build.Dockerfile release' });
  });
});

test.each([
  ['compose.override.yml', true],
  ['docker-compose.yaml', true],
  ['docker-bake.override.hcl', true],
  ['main.tf', false],
  ['values.yaml', false],
])('%s', (name, expected) => {
  expect(compositionReader(`file:///p/${name}`) !== undefined).toBe(expected);
});

test('the stage of a target that inherits its Dockerfile is looked for in it', async () => {
  const text = hcl.replace('|STAGE|', 'release').replace('"elsewhere"', '"web"');
  const found = await open('docker-bake.hcl', text).file.diagnostics();
  expect(found.map(({ message }) => message)).toContain(
    'target stage "nowhere" could not be found',
  );
});

test('what services have from one anchor is said once', async () => {
  const text = 'x: &b { context: ., target: q }\nservices: { a: { build: *b }, b: { build: *b } }';
  const { file } = open('compose.yaml', text);
  expect(await file.diagnostics()).toHaveLength(1);
  expect(await file.placesOf('file:///p/Dockerfile', 'stage', 'q')).toHaveLength(1);
});

test('a broken file gives what can be made out of it', async () => {
  const { file } = open('docker-bake.hcl', 'target "a" { target = "x" }\n\ntarget {');
  expect(file.symbols().map(({ name }) => name)).toEqual(['a']);
  expect(await file.diagnostics()).toHaveLength(1);
  expect(open('compose.yml', 'services:\n  a:\n   build: [').file.symbols()).toEqual([]);
});

test.each([
  ['FROM a AS bu|ild\n', [['compose.yaml', 'Build']]],
  [
    'ARG |V=1\nFROM a\n',
    [
      ['docker-bake.hcl', 'V'],
      ['compose.yaml', 'V'],
    ],
  ],
  ['FROM a\nENV |V=1\n', []],
])('a rename in a Dockerfile reaches what builds it: %j', async (marked, expected) => {
  const texts: Readonly<Record<string, string>> = {
    'docker-bake.hcl': 'target "b" {\n  target = "other"\n  args = { V = "2" }\n}\n',
    'compose.yaml': 'services:\n  a:\n    build: { context: ., target: Build, args: [V=1] }\n',
  };
  const server = await startTestServer({}, texts);
  const open = await server.open(marked);
  const edit = await server.client.sendRequest(RenameRequest.type, { ...open.at, newName: 'x' });
  await server.stop();
  const elsewhere = Object.entries(edit?.changes ?? {}).flatMap(([uri, edits]) => {
    const name = uri.slice(uri.lastIndexOf('/') + 1);
    const document = TextDocument.create(uri, 'yaml', 1, texts[name] ?? '');
    return uri === open.uri ? [] : edits.map(({ range }) => [name, document.getText(range)]);
  });
  expect(elsewhere).toEqual(expected);
});

test.each([
  ['docker-bake.hcl', 'Stage|', ['0:16-0:21', '1:12-1:17'], ['docker-bake.hcl 1:12-1:17']],
  ['compose.yaml', 'Sta|ge', ['0:16-0:21', '1:12-1:17'], ['docker-bake.hcl 1:12-1:17']],
  // Its value goes to both stages.
  ['docker-bake.hcl', 'V|', ['2:4-2:5', '3:10-3:11', '5:4-5:5'], ['docker-bake.hcl 2:11-2:12']],
])('in %s the name %s is known everywhere', async (file, word, inDockerfile, elsewhere) => {
  const texts: Readonly<Record<string, string>> = {
    Dockerfile:
      'FROM alpine AS  stage\nCOPY --from=stage . .\nARG V\nRUN echo $V\nFROM b\nARG V=1\n',
    'docker-bake.hcl': 'target "b" {\n  target = "Stage"\n  args = { V = "2" }\n}\n',
    'compose.yaml': 'services:\n  a:\n    build: { context: ., target: Stage }\n',
  };
  const server = await startTestServer({}, texts);
  const at = texts[file] ?? '';
  const offset = at.indexOf(word.replace('|', '')) + word.indexOf('|');
  const uri = `file:///project/${file}`;
  const document = TextDocument.create(uri, 'x', 1, at);
  await server.client.sendNotification(DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: file.endsWith('hcl') ? 'hcl' : 'yaml', version: 1, text: at },
  });
  const params = { textDocument: { uri }, position: document.positionAt(offset) };
  const prepared = await server.client.sendRequest(PrepareRenameRequest.type, params);
  expect(prepared === null || !Range.is(prepared) ? '' : document.getText(prepared)).toBe(
    word.replace('|', ''),
  );
  const edit = await server.client.sendRequest(RenameRequest.type, { ...params, newName: 'n' });
  const found = await server.client.sendRequest(ReferencesRequest.type, {
    ...params,
    context: { includeDeclaration: true },
  });
  await server.stop();
  const short = (of: string, { start, end }: Range) =>
    `${of.slice('file:///project/'.length)} ${start.line}:${start.character}-${end.line}:${end.character}`;
  const edited = Object.entries(edit?.changes ?? {}).flatMap(([of, edits]) =>
    edits.map(({ range }) => short(of, range)),
  );
  const dockerfile = inDockerfile.map((place) => `Dockerfile ${place}`);
  expect(edited).toEqual(expect.arrayContaining([...dockerfile, ...elsewhere]));
  expect(edited.filter((place) => place.startsWith('Dockerfile'))).toHaveLength(dockerfile.length);
  const known = found?.map(({ uri: of, range }) => short(of, range));
  expect(known).toEqual(expect.arrayContaining(elsewhere));
});

test.each([
  // Another Dockerfile has a stage of this name too.
  ['docker-bake.hcl', 'stage', DocumentHighlightKind.Read, ['1:12 stage', '10:12 Stage']],
  ['docker-bake.hcl', 'V ', DocumentHighlightKind.Write, ['2:11 V', '11:11 V']],
  ['compose.yaml', 'stage', DocumentHighlightKind.Read, ['2:33 stage', '4:33 stage']],
  ['compose.yaml', 'V:', DocumentHighlightKind.Write, ['2:48 V']],
  ['compose.yaml', 'services', undefined, []],
])('in %s the cursor in %j marks its places', async (name, word, kind, expected) => {
  const texts: Readonly<Record<string, string>> = {
    'docker-bake.hcl': ['stage', 'stage', 'Stage']
      .map((stage, index) => {
        const folder = index === 1 ? '  context = "else"\n' : '';
        return `target "t${index}" {\n  target = "${stage}"\n  args = { V = "${index}" }\n${folder}}\n`;
      })
      .join(''),
    'compose.yaml': `services:
  a:
    build: { context: ., target: stage, args: { V: 1 } }
  b:
    build: { context: ., target: stage }
  c:
    build: { context: else, target: stage, args: { V: 1 } }
`,
  };
  const server = await startTestServer({}, texts);
  const text = texts[name] ?? '';
  const uri = `file:///project/${name}`;
  const document = TextDocument.create(uri, 'x', 1, text);
  await server.client.sendNotification(DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: 'yaml', version: 1, text },
  });
  const found = await server.client.sendRequest(DocumentHighlightRequest.type, {
    textDocument: { uri },
    position: document.positionAt(text.indexOf(word) + 1),
  });
  await server.stop();
  expect(
    found?.map(({ range }) => {
      const { line, character } = range.start;
      return `${line}:${character} ${document.getText(range)}`;
    }),
  ).toEqual(expected);
  expect(new Set(found?.map((each) => each.kind))).toEqual(
    new Set(kind === undefined ? [] : [kind]),
  );
});

test('a client that can be asked later is asked for Bake and Compose files', async () => {
  const server = await startTestServer({
    textDocument: { synchronization: { dynamicRegistration: true } },
  });
  const asked = new Promise<readonly string[]>((resolve) => {
    server.client.onRequest(RegistrationRequest.type, ({ registrations }) => {
      resolve(registrations.map(({ method }) => method));
    });
  });
  await server.client.sendNotification(InitializedNotification.type, {});
  expect(await asked).toEqual(
    expect.arrayContaining(
      ['didOpen', 'completion', 'definition', 'references', 'rename', 'documentHighlight'].map(
        (method) => `textDocument/${method}`,
      ),
    ),
  );
  await server.stop();
});
