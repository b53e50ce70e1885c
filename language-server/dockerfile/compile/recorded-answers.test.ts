/**
 * Answers of BuildKit's own frontend (0.32) to questions that we once answered otherwise, one of
 * each kind; the recorded cases beside the repository hold the breadth.
 */
import { describe, expect, test } from 'vitest';
import { runBatchCase, type BatchOptions } from '../report';

type Row = [name: string, dockerfile: string, options: BatchOptions, message: string];

const errors: Row[] = [
  [
    'a letter whose lower case is another',
    'FROM İ\n',
    {},
    'failed to parse stage name "İ": invalid reference format: repository name (library/İ) must be lowercase',
  ],
  [
    'a quote inside a field',
    'FROM scratch\n',
    { extraHosts: ['a=1.1.1.1","b=2.2.2.2'] },
    'failed to parse additional hosts: parse error on line 1, column 10: bare " in non-quoted-field',
  ],
  [
    'a daemon without file ops',
    'FROM scratch\n',
    { disableCaps: ['file.base'] },
    'needs BuildKit 0.5 or later: requested prerelease feature file.base  is not supported by build server, please update ',
  ],
  [
    'an OCI layout with a tag alone',
    'FROM busybox\n',
    { contexts: { busybox: 'oci-layout://store:tag' } },
    'oci-layout reference "store:tag" has no digest',
  ],
  [
    'an image config that is no object',
    'FROM bad\n',
    { images: { 'docker.io/library/bad:latest': { digest: '', config: 'text' } } },
    'failed to parse image config: json: cannot unmarshal string into Go value of type v1.DockerOCIImage',
  ],
  [
    'an image config with a field of a wrong kind inside an embedded struct',
    'FROM bad\n',
    { images: { 'docker.io/library/bad:latest': { config: { config: { Env: 'x' }, os: 1 } } } },
    'failed to parse image config: json: cannot unmarshal string into Go struct field DockerOCIImageConfig.config.ImageConfig.Env of type []string',
  ],
  [
    'an image config with a day that does not exist, after a field of a wrong kind',
    'FROM bad\n',
    {
      images: {
        'docker.io/library/bad:latest': { config: { os: 1, created: '2024-02-30T00:00:00Z' } },
      },
    },
    'failed to parse image config: parsing time "2024-02-30T00:00:00Z": day out of range',
  ],
  [
    'a digest that is none',
    'FROM bad\n',
    { images: { 'docker.io/library/bad:latest': { digest: 'sha256:x', config: {} } } },
    'invalid digest format',
  ],
  [
    'a list of caches that is no JSON',
    'FROM scratch\n',
    { frontendOpts: { 'cache-imports': '[{"Type":"x",}]' } },
    String.raw`failed to unmarshal cache-imports ("[{\"Type\":\"x\",}]"): invalid character '}' looking for beginning of object key string`,
  ],
  [
    'a list of caches that is none',
    'FROM scratch\n',
    { frontendOpts: { 'cache-imports': '{}' } },
    'failed to unmarshal cache-imports ("{}"): json: cannot unmarshal object into Go value of type []*moby_buildkit_v1.CacheOptionsEntry',
  ],
  [
    'a failure without a place behind a frontend of a build argument',
    'FROM scratch\n',
    { buildArgs: { BUILDKIT_SYNTAX: 'docker.io/f/x:1' }, target: 'b' },
    'failed with build-arg:BUILDKIT_SYNTAX = docker.io/f/x:1: target stage "b" could not be found',
  ],
  [
    'an unknown attestation',
    'FROM scratch\n',
    { frontendOpts: { 'attest:foo': '' } },
    'unknown attestation type "foo"',
  ],
  [
    'a scanner by a bad name',
    'FROM scratch\n',
    { frontendOpts: { 'attest:sbom': 'generator=Foo' } },
    'failed to parse sbom scanner Foo: invalid reference format: repository name (library/Foo) must be lowercase',
  ],
  [
    'a scanner that is not there, before the file is read',
    'FOO\n',
    {
      frontendOpts: { 'attest:sbom': 'generator=gone:1' },
      missingImages: ['docker.io/library/gone:1'],
    },
    'failed to resolve source metadata for docker.io/library/gone:1: docker.io/library/gone:1: not found',
  ],
  [
    'a scanner that runs nothing',
    'FROM scratch\n',
    {
      frontendOpts: { 'attest:sbom': 'generator=idle:1' },
      images: { 'docker.io/library/idle:1': { digest: '', config: { os: 'linux' } } },
    },
    'scanner docker.io/library/idle:1 does not have cmd',
  ],
  [
    'the time of a URL that does not answer',
    'FROM scratch AS s\nADD https://example.com/a.tgz /\nFROM scratch\n',
    { buildArgs: { SOURCE_DATE_EPOCH: 's' } },
    'oracle: open a.tgz: no such file or directory',
  ],
  [
    'an epoch that an older frontend cannot read',
    'FOO\n',
    { buildArgs: { SOURCE_DATE_EPOCH: 'context' }, frontendRelease: '0.28' },
    'invalid SOURCE_DATE_EPOCH: context: strconv.ParseInt: parsing "context": invalid syntax',
  ],
];

describe('an error is BuildKit’s for', () => {
  test.each(errors)('%s', async (_name, dockerfile, options, message) => {
    expect((await runBatchCase({ name: '', dockerfile, options }, {})).error?.message).toBe(
      message,
    );
  });
});

test('a COPY from a later stage is expanded before it is refused', async () => {
  const dockerfile = 'FROM scratch AS a\nCOPY --from=b $X /\nFROM scratch AS b\n';
  const { lint, lintError } = await runBatchCase({ name: '', dockerfile, options: {} }, {});
  expect(lint.map(({ detail }) => detail)).toEqual(["Usage of undefined variable '$X'"]);
  expect(lintError?.message).toMatch(/^cannot copy from stage "b"/);
});

test('a file without stages has a list of targets that is null', async () => {
  const dockerfile = 'ARG A\n';
  const { targets } = await runBatchCase({ name: '', dockerfile, options: {} }, {});
  expect(targets).toEqual({ targets: null });
});

test('outline and targets of a forwarded file say which argument forwarded it', async () => {
  const options = { buildArgs: { BUILDKIT_SYNTAX: 'f' } };
  const { outline, targets } = await runBatchCase({ name: '', dockerfile: 'FOO\n', options }, {});
  const message =
    'failed with build-arg:BUILDKIT_SYNTAX = f: dockerfile parse error on line 1: unknown instruction: FOO';
  for (const answer of [outline, targets]) {
    expect(JSON.stringify(answer)).toContain(`{"error":{"message":"${message}`);
  }
});

test('options that are refused are no failure of the frontend that a file asks for', async () => {
  const dockerfile = '# syntax=f\nFOO\n';
  const answers = async (options: BatchOptions): Promise<unknown> => {
    const { outline, targets } = await runBatchCase({ name: '', dockerfile, options }, {});
    return [outline, targets];
  };
  const sources = [{ filename: 'Dockerfile', ranges: '1' }];
  const forwarded = { error: expect.objectContaining({ sources }) as unknown };
  expect(await answers({})).toEqual([forwarded, forwarded]);
  const refused = { error: { message: 'invalid netmode x' } };
  expect(await answers({ networkMode: 'x' })).toEqual([refused, refused]);
});

test('a forwarded file in a web context has the name that the context has there', async () => {
  const options = { contextUrl: 'https://example.com/x' };
  const dockerfile = '# syntax=f\nFOO\n';
  const { outline } = await runBatchCase({ name: '', dockerfile, options }, {});
  expect(outline).toMatchObject({ error: { sources: [{ filename: 'context', ranges: '1' }] } });
});

test.each([
  ['x.y', 'unsupported frontend capability x.y'],
  ['a+forward,x.y,b', 'unsupported frontend capability x.y'],
  ['a+forward', 'unexpected query "bad"'],
])('capabilities (%s) are looked at before the context', async (caps, message) => {
  const options = {
    contextUrl: 'https://github.com/a/b.git?bad=1',
    frontendOpts: { 'frontend.caps': caps },
  };
  const { error } = await runBatchCase({ name: '', dockerfile: 'FROM scratch\n', options }, {});
  expect(error).toMatchObject({ message });
});

test('an outline is told even where triggers let stages copy from each other', async () => {
  const dockerfile =
    'FROM scratch AS a\nONBUILD COPY --from=b /x /y\nFROM a AS b\nARG C\nENV D=$C\n';
  const { outline } = await runBatchCase({ name: '', dockerfile, options: {} }, {});
  expect(outline).toMatchObject({ name: 'b', args: [{ name: 'C' }] });
});

test('a pattern for the root of the context hides what lies in it', async () => {
  const dockerfile = 'FROM scratch\nCOPY /a a/b /d/\n';
  const options = { dockerignore: '/\n' };
  const { lint } = await runBatchCase({ name: '', dockerfile, options }, {});
  expect(lint.map(({ detail }) => detail)).toEqual([
    'Attempting to Copy file "/a" that is excluded by .dockerignore',
  ]);
});

test('targets of an older frontend know no newer flags', async () => {
  const dockerfile = 'FROM scratch\nCOPY --parents a b\n';
  const options = { frontendRelease: '0.25' };
  const { targets } = await runBatchCase({ name: '', dockerfile, options }, {});
  expect(targets).toMatchObject({
    error: { message: 'dockerfile parse error on line 2: unknown flag: --parents' },
  });
});

test('host keys of an SSH server stand in the source, and a server without one is no obstacle', async () => {
  const dockerfile = 'FROM scratch\nADD git@example.com:a/b.git /\n';
  const attributes = async (options: BatchOptions): Promise<unknown> => {
    const result = await runBatchCase({ name: '', dockerfile, options }, {}, true);
    expect(result.unsupported).toBeUndefined();
    return result.results[0]?.ops[0];
  };
  expect(JSON.stringify(await attributes({}))).not.toContain('"git.knownsshhosts":');
  const key = 'example.com ssh-ed25519 AAAA';
  expect(JSON.stringify(await attributes({ sshHostKeys: { 'example.com': key } }))).toContain(
    `"git.knownsshhosts":"${key}"`,
  );
});

test('ops of a daemon before 0.17 are written field by field in the order of their numbers', async () => {
  const dockerfile = 'FROM alpine:3.20\nRUN x\n';
  const digests = async (frontendRelease?: string): Promise<unknown> => {
    const options = { frontendRelease };
    const { results } = await runBatchCase({ name: '', dockerfile, options }, images);
    return results[0]?.ops.slice(0, 2);
  };
  expect(await digests('0.16')).toEqual(asDocker26);
  expect(await digests('0.17')).toEqual(await digests());
  expect(await digests()).not.toEqual(asDocker26);
});

/** The image that Docker 26.1 (BuildKit 0.13) was asked with. */
const images = {
  'docker.io/library/alpine:3.20': {
    digest: 'sha256:593794f47861ab2be3b0fff05d999df610c8820dc122c88f6e2acaa895ca6c71',
    config: {
      architecture: 'amd64',
      os: 'linux',
      config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
      rootfs: { type: 'layers', diff_ids: ['sha256:00'] },
    },
  },
};
const asDocker26 = [
  'sha256:9572420d0d6d266dbaaa999d00efe4a56410350e3398cde70e4bcf421c2982ef',
  'sha256:ebad8c34f070aaff7b57665483166a1522ba9a67e6798a9b15f54bb36b460a11',
];
