import { describe, expect, test } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { DockerfileView } from '../dockerfile-view';
import { contextChecks } from './context-checks';
import type { Finding } from './finding';
import { hadolintConfig, noConfig } from './hadolint/config';
import { findings, hadolintFindings, withoutIgnored } from './hadolint/hadolint';
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
    ['COPY app.tar /src/\nRUN tar -xf /src/app.tar', ['DL3010 COPY']],
    ['COPY app.tar /src/\nWORKDIR /src\nRUN true && tar xzf app.tar', ['DL3010 COPY']],
    ['COPY a/app.tar /foo.tar\nRUN tar --extract -f /foo.tar', ['DL3010 COPY']],
    ['COPY app.tar /src/\nRUN tar -cf /x.tar /src/app.tar', []],
    ['COPY app.tar /src/\nFROM b\nRUN tar -xf app.tar', []],
    ['FROM b AS c\nCOPY --from=c /x /y', ['DL3023 c']],
    ['RUN zypper install -y x && zypper clean', []],
    ['RUN zypper install x && zypper clean', ['DL3034 zypper']],
    ['RUN zypper -n install x', ['DL3036 zypper']],
    ['RUN --mount=type=cache,target=/var/cache/zypp zypper -n in x', []],
    ['RUN zypper dup', ['DL3035 zypper']],
    ['RUN yarn install', ['DL3060 yarn']],
    ['RUN yarn install && yarn cache clean', []],
    ['COPY --from=x / /', ['DL3067 COPY']],
    ['COPY --from=x / /rootfs', []],
    ['COPY --from=x "/" "/"', ['DL3067 COPY']],
    ['LABEL A..B=""', []],
  ])('%s', (lines, expected) => {
    const text = `FROM a\n${lines}\n`;
    expect(shown(text, findings(view(text), noConfig))).toEqual(expected);
  });

  test('what stands before the first FROM', () => {
    const text = 'ARG A\nRUN x\nFROM a\n';
    expect(shown(text, findings(view(text), noConfig))).toEqual(['DL3061 RUN']);
  });

  /** Rules that most people switch off speak when the config file names them. */
  test.each([
    ['DL3008', 'RUN apt-get install -y --no-install-recommends a=1 b', ['DL3008 apt-get']],
    ['DL3008', 'RUN apt-get install -y --no-install-recommends -t testing a=1 ./b.deb', []],
    ['DL3013', 'RUN pip install --no-cache-dir a', ['DL3013 pip']],
    ['DL3013', 'RUN pip install --no-cache-dir -r x.txt', []],
    ['DL3016', 'RUN npm install', []],
    ['DL3016', 'RUN npm install --progress=false', []],
    ['DL3016', 'RUN npm install express@4.1.1', []],
    ['DL3016', 'RUN npm install -g express@"4.1.1" sax@0.1.1', []],
    ['DL3016', 'RUN npm install @org/package@">=0.1.0"', []],
    ['DL3016', 'RUN npm install package-v1.2.3.tgz ./folder ~/folder', []],
    ['DL3016', 'RUN npm install git+ssh://git@github.com:npm/npm.git#v1.0.27', []],
    ['DL3016', 'RUN npm run --crazy install', []],
    ['DL3016', 'RUN npm install --loglevel verbose sax@0.1.1', []],
    ['DL3016', 'RUN npm install express sax@0.1.1', ['DL3016 npm']],
    ['DL3016', 'RUN npm install @org/package', ['DL3016 npm']],
    ['DL3016', 'RUN npm install git://github.com/npm/npm.git', ['DL3016 npm']],
    ['DL3016', 'RUN npm install git+ssh://git@github.com:npm/npm.git', ['DL3016 npm']],
    ['DL3018', 'RUN apk add --no-cache -t deps a=1 b', ['DL3018 apk']],
    ['DL3018', 'RUN apk add --no-cache -t deps a=1 b~2', []],
    ['DL3022', 'COPY --from=other a /', ['DL3022 other']],
    ['DL3022', 'COPY --from=docker.io/other a /', []],
    ['DL3028', 'RUN gem install bundler', ['DL3028 gem']],
    ['DL3028', 'RUN gem install bundler:1.1 --no-document', []],
    ['DL3028', 'RUN gem install bundler -v 1.1', []],
    ['DL3033', 'RUN yum install -y httpd && yum clean all', ['DL3033 yum']],
    ['DL3033', 'RUN yum install -y httpd-2.4.42 && yum clean all', []],
    ['DL3037', 'RUN zypper -n in tomcat && zypper cc', ['DL3037 zypper']],
    ['DL3037', 'RUN zypper -n in tomcat=9.0.39 && zypper cc', []],
    ['DL3041', 'RUN dnf install -y tomcat && dnf clean all', ['DL3041 dnf']],
    ['DL3041', 'RUN microdnf install -y tomcat-9.0.1 && microdnf clean all', []],
    ['DL3062', 'RUN go install example.com/cmd@latest', ['DL3062 go']],
    ['DL3062', 'RUN go install example.com/cmd@v1.2.3', []],
    ['DL3062', 'RUN go install ./cmd/...', []],
    ['DL3066', 'USER me:users', ['DL3066 USER']],
    ['DL3066', 'USER 1000:users', []],
    [
      'DL3048',
      'LABEL Some.Key=x a..b=y io.docker.z=1 good.key-1=2',
      ['DL3048 Some.Key', 'DL3048 a..b', 'DL3048 io.docker.z'],
    ],
  ])('%s: %s', (code, lines, expected) => {
    const text = `FROM a\n${lines}\n`;
    const config = hadolintConfig(`override:\n  warning: [${code}]\n`);
    expect(shown(text, findings(view(text), config))).toEqual(expected);
  });

  const schema =
    'label-schema:\n  author: text\n  contact: email\n  created: rfc3339\n  version: semver\n' +
    '  docs: url\n  commit: hash\n  licence: spdx\n';
  const good =
    'LABEL author="me" contact="a@b.org" created="2020-01-02T03:04:05Z" version="1.2.3-rc.1" ' +
    'docs=https://b.org/x commit=49fbc83 licence="MIT OR (Apache-2.0 AND GPL-2.0+)"';
  test.each([
    ['', good, []],
    ['', `${good} more=x`, []],
    ['strict-labels: true\n', `${good} more=x`, ['DL3050 more']],
    ['', good.replace('"me"', '""'), ['DL3051 ""']],
    ['', good.replace('https://b.org/x', 'here'), ['DL3052 here']],
    ['', good.replace('03:04:05Z', '03:04'), ['DL3053 "2020-01-02T03:04"']],
    ['', good.replace('MIT OR', 'MINE OR'), ['DL3054 "MINE OR (Apache-2.0 AND GPL-2.0+)"']],
    ['', good.replace('49fbc83', 'main'), ['DL3055 main']],
    ['', good.replace('1.2.3-rc.1', '1.2'), ['DL3056 "1.2"']],
    ['', good.replace('a@b.org', 'me'), ['DL3058 "me"']],
    ['', good.replace('author="me" ', ''), ['DL3049 FROM']],
  ])('labels by the schema of the config: %s%s', (more, lines, expected) => {
    const text = `FROM a\n${lines}\n`;
    expect(shown(text, findings(view(text), hadolintConfig(schema + more)))).toEqual(expected);
  });

  test.each([
    ['RUN sudo a', 'ignore=DL3004 # it must', []],
    ['RUN sudo a', 'ignore=DL3000 # unlike DL3004', ['DL3004 sudo']],
    ['RUN sudo a', 'ignore=DL3001,DL3004', []],
    ['RUN sudo a\nRUN sudo b', 'ignore=DL3004', ['DL3004 sudo', 'DL3059 RUN']],
    ['FROM b\nUSER x\nRUN sudo a', 'stage ignore=DL3004', []],
    ['FROM b\nUSER x\nRUN sudo a\nFROM c\nRUN sudo b', 'stage ignore=DL3004', ['DL3004 sudo']],
    ['USER x\nRUN sudo a', 'stage ignore=DL3004', ['DL3004 sudo']],
    ['RUN a | sudo b', 'shell=powershell', []],
    ['RUN a\nFROM b\nRUN sudo b', 'shell=powershell', ['DL3004 sudo']],
    ['RUN sudo a', 'shell=/bin/bash', ['DL3004 sudo']],
    ['SHELL ["cmd"]\nRUN sudo a', 'x', []],
    ['ONBUILD RUN sudo a', 'x', ['DL3004 sudo']],
    ['ONBUILD RUN --mount=type=cache,target=/var/lib/apt apt-get update | x', 'x', []],
    ['ONBUILD RUN sudo a', 'ignore=DL3004', []],
  ])('%j below “hadolint %s”', (lines, comment, expected) => {
    const text = `FROM a\n# hadolint ${comment}\n${lines}\n`;
    expect(shown(text, findings(view(text), noConfig))).toEqual(expected);
  });

  test.each([
    ['', ['SC2086', 'SC2046']],
    ['ignored: [SC2086]', ['SC2046']],
    ['disable-ignore-pragma: true', ['SC2086', 'SC2046', 'SC2086']],
  ])('ShellCheck’s findings go by hadolint’s config %j and comments', async (config, expected) => {
    const text = 'FROM a\nRUN a\n# hadolint ignore=SC2086\nRUN b\n';
    const finding = (code: string, word: string): Finding => {
      const start = text.indexOf(word);
      const span = { start, end: start + 1 };
      return { code, message: '', severity: 'warning', span, source: 'ShellCheck' };
    };
    const found = [finding('SC2086', 'a\n#'), finding('SC2046', 'b\n'), finding('SC2086', 'b\n')];
    const host = {
      readText: (uri: string) =>
        Promise.resolve(uri === 'file:///p/.hadolint.yaml' ? config : undefined),
    };
    const kept = await withoutIgnored(found, view(text), host);
    expect(kept.map(({ code }) => code)).toEqual(expected);
  });

  test.each([
    [{ 'file:///home/.hadolint.yaml': 'ignored: [DL3004]' }, []],
    [
      { 'file:///p/.hadolint.yaml': '', 'file:///home/.hadolint.yaml': 'ignored: [DL3004]' },
      ['DL3004'],
    ],
    [{ 'file:///elsewhere.yaml': 'ignored: [DL3004]' }, ['DL3004']],
  ])('the user’s own config counts where the project has none: %j', async (files, expected) => {
    const texts = new Map(Object.entries(files));
    const host = {
      readText: (uri: string) => Promise.resolve(texts.get(uri)),
      hadolintFiles: () => ['file:///home/.config/hadolint.yaml', 'file:///home/.hadolint.yaml'],
    };
    const found = await hadolintFindings(view('FROM alpine:3\nRUN sudo make\n'), host);
    expect(found.map(({ code }) => code)).toEqual(expected);
  });

  test('a config is read key by key: what hadolint would refuse counts as not there', () => {
    const config = hadolintConfig('ignored: 5\ntrustedRegistries: ghcr.io\noverride: x\n');
    const text = 'FROM alpine:3\n';
    expect(shown(text, findings(view(text), config))).toEqual(['DL3026 alpine:3']);
  });

  test('a config that forbids ignore comments is obeyed', () => {
    const text = 'FROM a\n# hadolint ignore=DL3004\nRUN sudo make\n';
    const config = hadolintConfig('disable-ignore-pragma: true\n');
    expect(shown(text, findings(view(text), config))).toEqual(['DL3004 sudo']);
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
  test.each([
    ['RUN <<-E\n\t\t#!/bin/bash\n\tls\n\tE\n', '#!/bin/bash\n\tls\n\n'],
    ['RUN <<E\n#!/bin/bash\nls\nE\n', '#!/bin/bash\nls\n\n'],
    ['RUN <<E\n\t#!/bin/bash\nE\n', '#!/bin/sh\n:;\n\t#!/bin/bash\n\n'],
  ])('a script has one shebang: %j', async (lines, expected) => {
    const given: string[] = [];
    const program = new Shellcheck((_, script) => {
      given.push(script);
      return Promise.resolve('{"comments":[]}');
    });
    await program.check(view(`FROM a\n${lines}`), new AbortController().signal);
    expect(given).toEqual([expected]);
  });

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
    [
      'a heredoc that strips tabs, with a shebang',
      'RUN <<-E\n\t#!/bin/sh $x\n\tE\n',
      ['5:SC2086 $x'],
    ],
    ['a tab before what would be a shebang', 'RUN <<E\n\t#!/bin/sh $x\nE\n', ['5:SC2086 $x']],
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
