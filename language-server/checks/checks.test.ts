import { describe, expect, test } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { DockerfileView } from '../dockerfile-view';
import { contextChecks } from './context-checks';
import type { Finding } from './finding';
import { hadolintConfig, noConfig } from './hadolint/config';
import { findings } from './hadolint/hadolint';
import { Shellcheck } from './shellcheck';
import { stageChecks } from './stage-checks';

const view = (text: string) =>
  new DockerfileView(TextDocument.create('file:///p/app/Dockerfile', 'dockerfile', 1, text));
const shown = (text: string, found: readonly Finding[]) =>
  found.map(({ code, span }) => `${code} ${text.slice(span.start, span.end)}`);

describe('stages and arguments', () => {
  test.each([
    ['a stage that nothing uses', 'FROM a AS x\nFROM b\n', ['unused-stage x']],
    ['a stage that is copied from is used', 'FROM a AS x\nFROM b\nCOPY --from=x / /\n', []],
    ['a global argument without effect', 'ARG V=1\nFROM a\nRUN echo $V\n', ['unreachable-arg V']],
    ['a global argument that a stage declares', 'ARG V=1\nFROM a\nARG V\n', []],
    [
      'a stage that is written almost right',
      'FROM a AS build\nFROM build\nCOPY --from=biuld / /\n',
      ['unknown-stage biuld'],
    ],
    ['an index past the last stage', 'FROM a\nCOPY --from=3 / /\n', ['unknown-stage 3']],
  ])('%s', (_, text, expected) => {
    expect(shown(text, stageChecks(view(text)))).toEqual(expected);
  });
});

describe('sources of the context', () => {
  const folders: Record<string, readonly string[]> = {
    'file:///p/app/': ['Dockerfile', 'main.go', 'src/'],
    'file:///p/app/src/': ['a.go'],
    'file:///p/': ['app/', 'go.mod'],
  };
  const host = {
    listFolder: (uri: string) =>
      Promise.resolve(
        (folders[uri] ?? []).map((name) => ({
          name: name.replace('/', ''),
          isFolder: name.endsWith('/'),
        })),
      ),
  };
  test.each([
    ['a file that is there', 'COPY main.go /', []],
    ['a file that is nowhere', 'COPY main.rs /', ['missing-source main.rs']],
    ['a pattern', 'COPY src/*.go *.rs /', ['missing-source *.rs']],
    ['a file of a folder above, which may be the context', 'COPY go.mod /', []],
    ['a variable with a default', 'ARG F=none.c\nCOPY $F /', ['missing-source $F']],
    ['a variable that only the build knows', 'ARG F\nCOPY $F /', []],
    [
      'another stage, an address, a heredoc',
      'COPY --from=x q /\nADD https://x/y /\nCOPY <<E /\nE',
      [],
    ],
  ])('%s', async (_, lines, expected) => {
    const text = `FROM a\n${lines}\n`;
    expect(shown(text, await contextChecks(view(text), host))).toEqual(expected);
  });
});

describe("hadolint's rules", () => {
  test.each([
    ['RUN sudo make', ['DL3004 sudo']],
    ['ADD a.txt /', ['DL3020 ADD']],
    ['ADD a.tar.gz /', []],
    ['COPY a b', ['DL3045 b']],
    ['WORKDIR /x\nCOPY a b', []],
    ['RUN a | b', ['DL4006 RUN']],
    ['SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN a | b', []],
    ['RUN apt-get install -y --no-install-recommends x=1', []],
    ['RUN apt-get install --no-install-recommends x=1', ['DL3014 apt-get']],
    ['RUN --mount=type=cache,target=/var/lib/apt apt-get update', []],
    ['RUN apt-get update && rm -rf /var/lib/apt/lists/*', []],
    ['RUN apt-get update', ['DL3009 apt-get']],
    ['RUN pip install x==1', ['DL3042 pip']],
    ['RUN --mount=type=cache,target=/root/.cache/pip pip install x==1', []],
    ['EXPOSE 80000', ['DL3011 80000']],
    ['ENV A=1 B=$A', ['DL3044 A']],
    ['USER root', ['DL3002 USER']],
    ['# hadolint ignore=DL3004\nRUN sudo make', []],
    ['# hadolint global ignore=DL3004\nUSER x\nRUN sudo make', []],
    ['RUN "sudo make" && echo sudo', []],
  ])('%s', (lines, expected) => {
    const text = `FROM a\n${lines}\n`;
    expect(shown(text, findings(view(text), noConfig))).toEqual(expected);
  });

  test('its config file decides on rules, severities and registries', () => {
    const config = hadolintConfig(
      'ignored: [DL3004]\noverride:\n  error: [DL3007]\ntrustedRegistries: [ghcr.io]\n',
    );
    const text = 'FROM alpine:latest\nRUN sudo make\n';
    const found = findings(view(text), config);
    expect(found.map(({ code, severity }) => [code, severity])).toEqual([
      ['DL3007', 'error'],
      ['DL3026', 'error'],
    ]);
  });
});

describe('ShellCheck', () => {
  /** Says of each script that its first `$x` wants quotes, at the place where it stands. */
  const fake = new Shellcheck((_, script) => {
    const lines = script.split('\n');
    const line = lines.findIndex((each) => each.includes('$x'));
    const column = (lines[line]?.indexOf('$x') ?? 0) + 1;
    const place = { line: line + 1, endLine: line + 1, column, endColumn: column + 2 };
    const comments = line < 0 ? [] : [{ ...place, level: 'info', code: 2086, message: 'm' }];
    return Promise.resolve(JSON.stringify({ comments }));
  });
  test.each([
    ['a RUN', 'RUN ls $x\n', ['4:SC2086 $x']],
    ['a RUN over several lines', 'RUN ls && \\\n # c\n  cat $x\n', ['6:SC2086 $x']],
    ['a heredoc', 'RUN <<E\nls\ncat $x\nE\n', ['6:SC2086 $x']],
    ['not an exec form', 'RUN ["ls", "$x"]\n', []],
    ['not another language', 'RUN <<E\n#!/usr/bin/python3\n$x\nE\n', []],
    ['not the input of a command', 'RUN cat <<E\n$x\nE\n', []],
  ])('%s', async (_, lines, expected) => {
    const text = `FROM a\nENV q=1\nUSER u\n${lines}`;
    const found = await fake.check(view(text), new AbortController().signal);
    expect(
      found.map(({ code, span }) => {
        const line = text.slice(0, span.start).split('\n').length;
        return `${line}:${code} ${text.slice(span.start, span.end)}`;
      }),
    ).toEqual(expected);
  });
});
