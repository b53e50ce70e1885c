/** What is said to be built, as `docker buildx bake --print` and Compose put it together. */
import { expect, test } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { CompositionFile, compositionReader } from './composition-file';

async function builds(name: string, text: string, beside: Readonly<Record<string, string>> = {}) {
  const uri = `file:///p/${name}`;
  const read = compositionReader(uri);
  if (read === undefined) throw new Error(`${name} is not read`);
  const readText = (wanted: string) => Promise.resolve(beside[wanted.slice('file:///p/'.length)]);
  const document = TextDocument.create(uri, 'x', 1, text);
  const found = await new CompositionFile(document, { readText }, read).builds();
  return found.map(({ name: target, dockerfile, target: stage = '', buildArgs }) => {
    const args = Object.entries(buildArgs).map(([key, value]) => `${key}=${value}`);
    return [target, dockerfile.slice('file:///p/'.length), stage, ...args].join(' ');
  });
}

const base =
  'target "b" {\n context = "x"\n dockerfile = "D"\n target = "s"\n args = { A = "1" }\n}\n';
const variable = 'variable "V" { default = "v" }\n';

test.each<[string, readonly string[]]>([
  // What is written plainly, however it is written.
  ['target a {\n target = "s" # c\n}', ['a Dockerfile s']],
  ['target "a" { context = "./x//y/" }', ['a x/y/Dockerfile ']],
  ['target "a" {\r\n context = "x"\r\n target = "t"\r\n}\r\n', ['a x/Dockerfile t']],
  [
    'target "a" {\n args = { A : "1", "B" = 2\n C = true, D = -1.50 }\n}',
    ['a Dockerfile  A=1 B=2 C=true D=-1.5'],
  ],
  [
    'target "a" {\n args = { A = "=", B = "{", C = "}", D = "," }\n target = "t"\n}',
    ['a Dockerfile t A== B={ C=} D=,'],
  ],
  [
    'target "a" { args = { A = "a\\"\\\\\\tb\\u00e9", B = "$${y} %%{z} $q 1%" } }',
    ['a Dockerfile  A=a"\\\tbé B=${y} %{z} $q 1%'],
  ],
  [
    'target "a" {\n args = {\n A = <<EOT\nx\n y\nEOT\n B = <<-E\n   x\n    y\n   E\n }\n target = "t"\n}',
    ['a Dockerfile t A=x\n y\n B=x\n y\n'],
  ],
  // What is inherited, and what is said in several places.
  [
    `${base}target "a" {\n inherits = ["b"]\n dockerfile = "E"\n context = "."\n args = { B = "2" }\n}`,
    ['b x/D s A=1', 'a E s A=1 B=2'],
  ],
  [
    `${base}target "a" {\n inherits = ["b"]\n target = ""\n context = null\n args = { A = "2" }\n}`,
    ['b x/D s A=1', 'a x/D  A=2'],
  ],
  [
    `${base}target "c" { context = "y" }\ntarget "a" { inherits = ["c", "b"] }`,
    ['b x/D s A=1', 'c y/Dockerfile ', 'a x/D s A=1'],
  ],
  [
    `${base}target "c" { context = "y" }\ntarget "a" { inherits = ["b", "c"] }`,
    ['b x/D s A=1', 'c y/Dockerfile ', 'a y/D s A=1'],
  ],
  [`${base}target "b" { target = "t" }`, ['b x/D t A=1', 'b x/D t A=1']],
  [
    'target "a" { inherits = ["b"] }\ntarget "b" {\n inherits = ["a"]\n target = "t"\n}',
    ['a Dockerfile t', 'b Dockerfile t'],
  ],
  // What only Bake can work out.
  [`${variable}target "a" { target = V }`, []],
  [`${variable}target "a" { target = "x\${V}" }`, []],
  [`${variable}target "a" { dockerfile = V == "v" ? "one" : "two" }`, []],
  [`${variable}target "a" { context = "\${V != "" ? "x" : "}"}"\n target = "t" }`, []],
  [`${variable}target "a" { inherits = [V] }`, []],
  ['target "a" {\n inherits = ["elsewhere"]\n context = "."\n dockerfile = "D"\n}', []],
  ['target "a" {\n name = "a-${t}"\n matrix = { t = ["x"] }\n target = t\n}', []],
  ['target "a" { matrix = { t = ["x"] } }', []],
  [
    'target "a" { dockerfile-inline = "FROM x" }\ntarget "b" {\n inherits = ["a"]\n dockerfile = "D"\n context = "."\n}',
    [],
  ],
  ['target "a" { context = "target:b" }\ntarget "b" { context = "https://x.org/y.git" }', []],
  [
    `${base}target "a" {\n inherits = ["b"]\n args = { A = upper("x"), B = "2" }\n}`,
    ['b x/D s A=1', 'a x/D s B=2'],
  ],
  [
    `${base}target "a" {\n inherits = ["b"]\n args = merge({ A = "3" }, {})\n}`,
    ['b x/D s A=1', 'a x/D s'],
  ],
  [
    `${base}target "a" {\n inherits = ["b"]\n args = { for k in ["A"] : k => "3" }\n}`,
    ['b x/D s A=1', 'a x/D s'],
  ],
])('docker-bake.hcl: %s', async (text, expected) => {
  expect(await builds('docker-bake.hcl', text)).toEqual(expected);
});

test.each<[unknown, readonly string[]]>([
  [
    { target: { a: { context: 'x', target: 't', args: { A: 1, B: true, C: null } } } },
    ['a x/Dockerfile t A=1 B=true'],
  ],
  [
    { target: { b: { context: 'x' }, a: { inherits: ['b'], target: 't' } } },
    ['b x/Dockerfile ', 'a x/Dockerfile t'],
  ],
  [
    { target: [{ a: { context: 'x' } }, { a: [{ target: 't' }] }] },
    ['a x/Dockerfile t', 'a x/Dockerfile t'],
  ],
  [{ target: { a: { target: '${V}' }, b: { target: '$${V}' } } }, ['b Dockerfile ${V}']],
  [{ target: { a: { matrix: { t: ['x'] } }, b: { 'dockerfile-inline': 'FROM x' } } }, []],
])('docker-bake.json: %j', async (file, expected) => {
  expect(await builds('docker-bake.json', JSON.stringify(file, null, 1))).toEqual(expected);
});

const anchored = 'x-b: &b\n  context: x\n  args: &args { A: "1" }\n';

test.each<[string, readonly string[]]>([
  [
    'services: { a: { build: ./x }, b: { build: { dockerfile: D } }, c: { image: y } }',
    ['a x/Dockerfile ', 'b D '],
  ],
  [
    'services: { a: { build: { args: { A: 1, B: 1.10, C: True, D: yes, E: "0x1", F: } } } }',
    ['a Dockerfile  A=1 B=1.1 C=true D=yes E=0x1'],
  ],
  // Compose reads these as octal, hexadecimal, with separators, and as a date.
  [
    'services: { a: { build: { args: { A: 010, B: 0x10, C: 1_000, D: 2024-01-01 } } } }',
    ['a Dockerfile '],
  ],
  [
    'services: { a: { build: { args: [A=1, B, C=a=b, D=$x, E=$$x] } } }',
    ['a Dockerfile  A=1 C=a=b E=$x'],
  ],
  [
    'services: { a: { build: { target: "${T:-t}" } }, b: { build: $X }, c: { build: a$$b } }',
    ['c a%24b/Dockerfile '],
  ],
  ['services: { a: { build: ~/x } }', []],
  [
    `${anchored}services:\n  a: { build: *b }\n  c: { build: { <<: *b, target: t } }`,
    ['a x/Dockerfile  A=1', 'c x/Dockerfile t A=1'],
  ],
  [
    `${anchored}services:\n  a: { build: { <<: [*b], context: y, args: { B: "2", <<: *args } } }`,
    ['a y/Dockerfile  B=2 A=1'],
  ],
  [
    'x: &s { build: { target: t } }\nservices:\n  a: *s\n  b: { <<: *s, build: y }',
    ['a Dockerfile t', 'b y/Dockerfile '],
  ],
  ['services: { a: &a { <<: *a, build: x } }', ['a x/Dockerfile ']],
  [
    'services:\n  b: { build: { context: x, target: t, args: [A=1] } }\n  a: { extends: b }\n  c: { extends: { service: b }, build: { target: u, args: { B: 2 } } }',
    ['b x/Dockerfile t A=1', 'a x/Dockerfile t A=1', 'c x/Dockerfile u A=1 B=2'],
  ],
  [
    'services:\n  b: { image: y }\n  a: { extends: b, build: x }\n  c: { extends: b }',
    ['a x/Dockerfile '],
  ],
  [
    'services: { a: { extends: { file: o.yaml, service: b }, build: { context: ., dockerfile: D } } }',
    [],
  ],
  ['services: { a: { build: { dockerfile_inline: FROM x } } }', []],
  ['services: { a: { build: { context: ., target: !reset null } } }', []],
  [
    'services: { a: { build: x } }\n---\nservices: { a: { build: { target: t } } }',
    ['a x/Dockerfile t', 'a x/Dockerfile t'],
  ],
])('compose.yaml: %s', async (text, expected) => {
  expect(await builds('compose.yaml', text)).toEqual(expected);
});

test.each<[string, readonly string[]]>([
  ['docker-bake.hcl', ['b y/D o A=1 B=2']],
  ['docker-bake.override.hcl', ['b y/D o A=1 B=2']],
  // Without the others where Bake is told to read it alone.
  ['docker-bake.prod.hcl', ['b x/D s A=1']],
  // Compose knows nothing of Bake's files, and an override of the name that comes first counts.
  ['compose.yaml', ['b y/Dockerfile n']],
  ['compose.override.yml', ['b y/Dockerfile n']],
])('%s is read with the files beside it', async (name, expected) => {
  const files: Readonly<Record<string, string>> = {
    'docker-bake.hcl': base.replace(' context = "x"\n', ''),
    'docker-bake.prod.hcl': base,
    'docker-bake.override.hcl': 'target "b" {\n target = "o"\n args = { B = "2" }\n}\n',
    'compose.yaml': 'services: { b: { build: { context: y, target: m } } }',
    'compose.override.yml': 'services: { b: { build: { target: n } } }',
    'compose.override.yaml': 'services: { b: { build: { target: q } } }',
  };
  expect(await builds(name, files[name] ?? '', files)).toEqual(expected);
});
