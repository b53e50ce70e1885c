import { describe, expect, test } from 'vitest';
import { applyEdits, compile, offlineResolver, parse } from '..';
import { pinEdit, pinnableImages } from './pin-image';
import { refactoringsAt } from './refactorings';

/** The text, in which `¦` or `«…»` is the selection taken out, after the refactoring of this kind. */
function after(marked: string, kind: string): string[] {
  const start = marked.search(/[¦«]/);
  const end = marked.includes('»') ? marked.indexOf('»') - 1 : start;
  const text = marked.replace(/[¦«»]/g, '');
  return refactoringsAt(parse(text), { start, end })
    .filter((one) => one.kind.endsWith(kind))
    .map(({ edits }) => applyEdits(text, edits));
}

const from = 'FROM a\n';

describe.each([
  ['merge', '¦RUN a\nRUN b\nRUN c\n', ['RUN a \\\n    && b\nRUN c\n']],
  ['merge', '«RUN a\nRUN b\nRUN c»\n', ['RUN a \\\n    && b \\\n    && c\n']],
  ['merge', '¦RUN --network=none a\nRUN --network=none b', ['RUN --network=none a \\\n    && b']],
  ['merge', '¦RUN --network=none a\nRUN b', []],
  ['merge', '¦RUN a\nCOPY b c', []],
  ['merge', '¦RUN a # note\nRUN b', []],
  ['merge', '¦RUN a &\nRUN b', []],
  ['merge', '¦RUN a\n# why\nRUN b', []],
  ['merge', '¦RUN ["a"]\nRUN b', []],
  ['merge', '¦RUN a <<E\nE\nRUN b', []],
  ['merge', '¦RUN a \\\n    b\nRUN c', ['RUN a \\\n    b \\\n    && c']],
  ['merge', '¦RUN a\nRUN b || c', []],
  ['merge', '¦RUN a\nRUN b; c', []],
  ['merge', '¦RUN cd /x && a\nRUN b', []],
  ['merge', '¦RUN a && exit 0\nRUN b', []],
  ['merge', '¦RUN (cd /x && a)\nRUN b', ['RUN (cd /x && a) \\\n    && b']],
  ['merge', 'SHELL ["powershell", "-c"]\n¦RUN a\nRUN b', []],
  ['split', 'RUN ¦[[ a && b ]] && c', ['RUN [[ a && b ]]\nRUN c']],
  ['split', 'RUN ¦a && \\\n# why\n  b', []],
  ['split', 'RUN ¦command cd x && b', []],
  ['split', 'RUN ¦V=1 read x && b', []],
  ['split', 'RUN ¦V=$(a b) && b $V', []],
  ['split', 'RUN ¦V=1 a && b', ['RUN V=1 a\nRUN b']],
  ['split', 'RUN ¦f() { a; } && f', []],
  ['heredoc', 'RUN ¦! a && b', []],
  ['heredoc', 'RUN ¦{ a && b; } && c', []],
  ['heredoc', 'RUN ¦a && \\\n# why\n  b', []],
  ['execForm', 'CMD ¦exec -a x y', []],
  ['execForm', 'FROM mcr.microsoft.com/windows/nanoserver\nCMD ¦dir', []],
  ['shellForm', 'CMD ¦["if", "x"]', ["CMD 'if' x"]],
  ['shellForm', 'CMD ¦["V=1", "x"]', ["CMD 'V=1' x"]],
  [
    'shellForm',
    'SHELL ["bash", "-c"]\nRUN ¦["/bin/sh", "-c", "a"]',
    ['SHELL ["bash", "-c"]\nRUN /bin/sh -c a'],
  ],
  ['cacheMount', 'RUN ¦npm ci && rm -rf /root/.npm', []],
  ['cacheMount', 'RUN ¦pip install --no-cache-dir x', []],
  ['cacheMount', 'USER app\nRUN ¦npm ci', []],
  ['stage', 'CMD a\n¦ENTRYPOINT ["b"]\n', []],
  ['split', 'RUN ¦a && b', ['RUN a\nRUN b']],
  [
    'split',
    'RUN --mount=type=tmpfs,target=/t ¦a \\\n && b',
    ['RUN --mount=type=tmpfs,target=/t a\nRUN --mount=type=tmpfs,target=/t b'],
  ],
  ['split', 'RUN ¦cd /x && make', []],
  ['split', 'RUN ¦a "x && y" && (b && c)', ['RUN a "x && y"\nRUN (b && c)']],
  ['split', 'RUN ¦a && b || c', []],
  ['split', 'RUN ¦a; b && c', []],
  ['split', 'RUN ¦if a && b; then c; fi', []],
  ['split', 'RUN ¦a', []],
  ['heredoc', 'RUN ¦cd x && make', ['RUN <<EOF\nset -e\ncd x\nmake\nEOF']],
  ['heredoc', 'RUN ¦echo EOF && EOF', ['RUN <<EOT\nset -e\necho EOF\nEOF\nEOT']],
  ['execForm', 'CMD ¦nginx -g x', ['CMD ["nginx", "-g", "x"]']],
  ['execForm', 'CMD ¦exec nginx', ['CMD ["nginx"]']],
  ['execForm', 'CMD ¦echo $HOME', []],
  ['execForm', 'CMD ¦cd /x', []],
  ['execForm', 'RUN --network=none ¦make all', ['RUN --network=none ["make", "all"]']],
  ['shellForm', 'CMD ¦["nginx", "-g", "daemon off;"]', ["CMD nginx -g 'daemon off;'"]],
  ['shellForm', 'CMD ¦["/bin/sh", "-c", "echo $HOME"]', ['CMD echo $HOME']],
  ['shellForm', 'CMD ¦["it\'s"]', ["CMD 'it'\\''s'"]],
  ['shellForm', 'CMD ¦["a\\nb"]', []],
  [
    'cacheMount',
    'RUN ¦apt-get update && apt-get install -y x',
    [
      'RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked apt-get update && apt-get install -y x',
    ],
  ],
  [
    'cacheMount',
    'RUN ¦pip install x',
    ['RUN --mount=type=cache,target=/root/.cache/pip pip install x'],
  ],
  ['cacheMount', 'RUN ¦npm ci', ['RUN --mount=type=cache,target=/root/.npm npm ci']],
  [
    'cacheMount',
    'RUN ¦./gradlew build',
    ['RUN --mount=type=cache,target=/root/.gradle ./gradlew build'],
  ],
  ['cacheMount', 'RUN --mount=type=cache,target=/root/.npm ¦npm ci', []],
  ['cacheMount', 'RUN ¦echo hello', []],
  [
    'cacheMount',
    'RUN <<E\n¦go build\nE',
    [
      'RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build <<E\ngo build\nE',
    ],
  ],
  ['link', '¦COPY a b', ['COPY --link a b']],
  ['link', '¦COPY --from=x a b', ['COPY --link --from=x a b']],
  ['link', '¦COPY --link a b', []],
  ['link', '¦ADD --chmod=1 a b', []],
])('%s of %j', (kind, marked, expected) => {
  test('', () => {
    expect(after(from + marked, kind)).toEqual(expected.map((text) => from + text));
  });
});

test('a stage is cut in two, and builds what it built', async () => {
  const text = 'FROM a AS app\nENV V=1\nRUN x\n# why\nRUN y $V\nFROM app\nCOPY --from=app / /\n';
  const at = text.indexOf('RUN y');
  const [found] = refactoringsAt(parse(text), { start: at, end: at }).filter(({ kind }) =>
    kind.endsWith('stage'),
  );
  const cut = applyEdits(text, found?.edits ?? []);
  expect(cut).toBe(
    'FROM a AS app-base\nENV V=1\nRUN x\n\nFROM app-base AS app\n# why\nRUN y $V\nFROM app\nCOPY --from=app / /\n',
  );
  const digests = async (dockerfile: string) =>
    (await compile(parse(dockerfile), {}, offlineResolver())).results.map(({ definition }) =>
      definition.ops.map(({ digest }) => digest),
    );
  expect(await digests(cut)).toEqual(await digests(text));
});

test.each([
  ['ARG V=1\nRUN x\nARG W\n', 'ARG V=1\nARG W\n'],
  ['ARG V=1\nARG W\nENV V=2\n', 'ARG W\n'],
  ['ARG N=V\nENV ${N}=2\n', ''],
])('ARGs that no ENV has set since stand in the new stage too: %j', (above, repeated) => {
  const text = `FROM a\n${above}RUN y\n`;
  const at = text.indexOf('RUN y');
  const [found] = refactoringsAt(parse(text), { start: at, end: at }).filter(({ kind }) =>
    kind.endsWith('stage'),
  );
  expect(applyEdits(text, found?.edits ?? [])).toBe(
    `FROM a AS base\n${above}\nFROM base\n${repeated}RUN y\n`,
  );
});

test('the new name is no image of the file', () => {
  const text = 'FROM base\nRUN x\nRUN y\n';
  const at = text.indexOf('RUN y');
  const [found] = refactoringsAt(parse(text), { start: at, end: at }).filter(({ kind }) =>
    kind.endsWith('stage'),
  );
  expect(applyEdits(text, found?.edits ?? [])).toBe(
    'FROM base AS base-2\nRUN x\n\nFROM base-2\nRUN y\n',
  );
});

test('the stage above has a name that FROM finds', () => {
  const text = 'FROM a AS App\nRUN x\nRUN y\n';
  const at = text.indexOf('RUN y');
  const [found] = refactoringsAt(parse(text), { start: at, end: at }).filter(({ kind }) =>
    kind.endsWith('stage'),
  );
  expect(applyEdits(text, found?.edits ?? [])).toBe(
    'FROM a AS app-base\nRUN x\n\nFROM app-base AS App\nRUN y\n',
  );
});

test('a stage is not cut where stages are named by number', () => {
  const text = 'FROM a\nRUN x\nRUN y\nFROM b\nCOPY --from=0 / /\n';
  const at = text.indexOf('RUN y');
  const kinds = refactoringsAt(parse(text), { start: at, end: at }).map(({ kind }) => kind);
  expect(kinds).not.toContain('refactor.extract.stage');
});

test('a stage that may give a build its time is not cut', () => {
  const text = 'FROM scratch AS time\nARG V=1\nADD https://example.com/$V /\nFROM a\nRUN x\n';
  const at = text.indexOf('ADD');
  const kinds = (dockerfile: string) =>
    refactoringsAt(parse(dockerfile), { start: at, end: at }).map(({ kind }) => kind);
  expect(kinds(text)).not.toContain('refactor.extract.stage');
  expect(kinds(text.replace('scratch', 'busybox'))).toContain('refactor.extract.stage');
});

test('images without a digest can be pinned; stages, scratch and variables cannot', () => {
  const text = `ARG I=x
FROM alpine:3 AS a
FROM a
FROM scratch
FROM $I
FROM b@sha256:${'0'.repeat(64)}
COPY --from=ghcr.io/x/y / /
`;
  const images = pinnableImages(parse(text), { start: 0, end: text.length });
  expect(images.map(({ name, ref }) => [name, ref])).toEqual([
    ['alpine:3', 'docker.io/library/alpine:3'],
    ['ghcr.io/x/y', 'ghcr.io/x/y:latest'],
  ]);
  const edits = images.map((image) => pinEdit(image, 'sha256:1'));
  expect(applyEdits(text, edits)).toContain('FROM alpine:3@sha256:1 AS a');
});
