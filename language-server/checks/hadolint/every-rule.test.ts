/**
 * Every rule of hadolint 2.15 by its number: a file that breaks it, and who says so here. What
 * BuildKit's own rules say is not said twice.
 */
import { describe, expect, test } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { lint, offlineResolver, parse } from '../../dockerfile';
import { DockerfileView } from '../../dockerfile-view';
import { hadolintConfig } from './config';
import { findings } from './hadolint';
import { hadolintRules } from './rules';

/** Broken lines behind a FROM; the whole file where it begins with one. */
const ours: Readonly<Record<string, string>> = {
  DL1001: '# hadolint ignore=DL3004\nRUN x',
  DL3001: 'RUN ssh host',
  DL3002: 'USER root',
  DL3003: 'RUN cd /tmp',
  DL3004: 'RUN sudo ls',
  DL3006: 'FROM debian',
  DL3007: 'FROM debian:latest',
  DL3008: 'RUN apt-get install -y gcc',
  DL3009: 'RUN apt-get update',
  DL3010: 'COPY a.tar /\nRUN tar -xf /a.tar',
  DL3011: 'EXPOSE 80000',
  DL3013: 'RUN pip install flask',
  DL3014: 'RUN apt-get install gcc',
  DL3015: 'RUN apt-get install -y gcc',
  DL3016: 'RUN npm install express',
  DL3018: 'RUN apk add gcc',
  DL3019: 'RUN apk add gcc',
  DL3020: 'ADD file /',
  DL3022: 'COPY --from=other a /',
  DL3023: 'FROM a AS b\nCOPY --from=b x y',
  DL3026: 'FROM ghcr.io/a/b',
  DL3027: 'RUN apt install gcc',
  DL3028: 'RUN gem install bundler',
  DL3030: 'RUN yum install gcc',
  DL3032: 'RUN yum install -y gcc',
  DL3033: 'RUN yum install -y gcc',
  DL3034: 'RUN zypper install gcc',
  DL3035: 'RUN zypper dist-upgrade',
  DL3036: 'RUN zypper install -y gcc',
  DL3037: 'RUN zypper install -y gcc',
  DL3038: 'RUN dnf install gcc',
  DL3040: 'RUN dnf install -y gcc',
  DL3041: 'RUN dnf install -y gcc',
  DL3042: 'RUN pip install flask',
  DL3043: 'ONBUILD MAINTAINER me',
  DL3044: 'ENV A=1 B=$A',
  DL3045: 'COPY a b',
  DL3046: 'RUN useradd -u 123456 me',
  DL3047: 'RUN wget https://example.com/x',
  DL3048: 'LABEL Some.Key=x',
  DL3049: 'RUN x',
  DL3050: 'LABEL unknown=x',
  DL3051: 'LABEL t=""',
  DL3052: 'LABEL u=x',
  DL3053: 'LABEL r=x',
  DL3054: 'LABEL s=x',
  DL3055: 'LABEL h=x',
  DL3056: 'LABEL v=x',
  DL3057: 'RUN x',
  DL3058: 'LABEL e=x',
  DL3059: 'RUN a\nRUN b',
  DL3060: 'RUN yarn install',
  DL3061: 'RUN x\nFROM a',
  DL3062: 'RUN go install example.com/x@latest',
  DL3066: 'USER me',
  DL3067: 'COPY --from=x / /',
  DL4001: 'RUN wget x\nRUN curl x',
  DL4005: 'RUN ln -sf /bin/bash /bin/sh',
  DL4006: 'RUN a | b',
};

/** By BuildKit's name for the rule. */
const buildkits: Readonly<Record<string, readonly [rule: string, lines: string]>> = {
  DL3000: ['WorkdirRelativePath', 'WORKDIR x'],
  DL3012: ['MultipleInstructionsDisallowed', 'HEALTHCHECK CMD a\nHEALTHCHECK CMD b'],
  DL3024: ['DuplicateStageName', 'FROM a AS b\nFROM a AS b'],
  DL3025: ['JSONArgsRecommended', 'CMD a'],
  DL3029: ['FromPlatformFlagConstDisallowed', 'FROM --platform=linux/amd64 a'],
  DL3063: ['ReservedStageName', 'FROM a AS scratch'],
  DL3064: ['SecretsUsedInArgOrEnv', 'ENV PASSWORD=x'],
  DL3065: ['RedundantTargetPlatform', 'FROM --platform=$TARGETPLATFORM a'],
  DL4000: ['MaintainerDeprecated', 'MAINTAINER me'],
  DL4003: ['MultipleInstructionsDisallowed', 'CMD ["a"]\nCMD ["b"]'],
  DL4004: ['MultipleInstructionsDisallowed', 'ENTRYPOINT ["a"]\nENTRYPOINT ["b"]'],
};

/** BuildKit dropped it: a COPY of several sources takes any destination for a folder. */
const obsolete = ['DL3021'];

const text = (lines: string) => `${/^FROM|\nFROM/.test(lines) ? '' : 'FROM debian:12\n'}${lines}\n`;
const config = hadolintConfig(`
override:
  style: [${Object.keys(ours).join(', ')}]
trustedRegistries: docker.io
strict-labels: true
label-schema: { t: text, u: url, r: rfc3339, s: spdx, h: hash, v: semver, e: email }
`);

describe('hadolint’s rules', () => {
  test.each(Object.entries(ours))('%s finds %j', (code, lines) => {
    const document = TextDocument.create('file:///p/Dockerfile', 'dockerfile', 1, text(lines));
    const found = findings(new DockerfileView(document), config);
    expect(found.map((each) => each.code)).toContain(code);
  });

  test.each(Object.entries(buildkits))('%s is BuildKit’s %j', async (_, [rule, lines]) => {
    const { warnings } = await lint(parse(text(lines)), {}, offlineResolver());
    expect(warnings.map(({ rule: name }) => name)).toContain(rule);
  });

  test('all 71 are accounted for, each once', () => {
    const all = [...Object.keys(ours), ...Object.keys(buildkits), ...obsolete];
    expect(new Set(all).size).toBe(71);
    expect(all).toHaveLength(71);
    const known = hadolintRules.map(({ code }) => code);
    expect(Object.keys(ours)).toEqual(expect.arrayContaining(known));
  });
});
