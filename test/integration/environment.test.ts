// The test environment itself: what the other tests take for granted.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { daemons, environmentFor, type BuildkitDescription } from '../env/context';

const provisioned = daemons()?.root !== undefined;

let context = '';
beforeAll(() => {
  context = mkdtempSync(join(tmpdir(), 'environment-'));
});
afterAll(() => rmSync(context, { recursive: true, force: true }));

/** Runs `docker buildx build` of the private root; returns its plain progress. */
function build(buildkit: BuildkitDescription, dockerfile: string): string {
  writeFileSync(join(context, 'Dockerfile'), dockerfile);
  const shell = 'docker buildx build --no-cache --progress plain . 2>&1';
  return execFileSync('sh', ['-c', shell], {
    cwd: context,
    env: environmentFor(buildkit),
    encoding: 'utf8',
  });
}

it.skipIf(!provisioned)('has one daemon for each image store', () => {
  expect(daemons()?.buildkits.map(({ name, store }) => [name, store])).toEqual([
    ['containerd', 'containerd'],
    ['graph', 'graph'],
  ]);
});

describe.skipIf(!provisioned).each(daemons()?.buildkits ?? [])('the $name daemon', (buildkit) => {
  it('builds from ordinary base images and runs steps in them, without the internet', () => {
    const network = buildkit.network === 'bridge' ? '' : '--network=none ';
    const progress = build(
      buildkit,
      `FROM alpine:3.20 AS a
WORKDIR /w
RUN ${network}echo "hello from $(id -un)" > f
FROM debian
SHELL ["/bin/bash", "-c"]
COPY --from=a --chown=app /w/f /f
USER app
RUN ${network}[[ -w /f ]] && cat /f
`,
    );
    expect(progress).toContain('hello from root');
  });

  it('knows a second platform of the base images', () => {
    expect(
      build(buildkit, 'FROM --platform=linux/arm64 alpine\nCOPY --from=alpine /etc/passwd /p\n'),
    ).toContain('exporting');
  });

  it('says at once that an image does not exist', () => {
    expect(() => build(buildkit, 'FROM no-such-image\n')).toThrow();
  });

  it('answers as a plain buildkitd, too', async () => {
    const path = buildkit.buildkitHost?.replace('unix://', '') ?? '';
    const client = connect('http://localhost', { createConnection: () => createConnection(path) });
    const call = client.request({
      ':method': 'POST',
      ':path': '/moby.buildkit.v1.Control/Info',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    call.end(Buffer.alloc(5)); // an uncompressed message of no bytes
    const status = await new Promise((resolve, reject) => {
      call.on('trailers', (trailers: Record<string, unknown>) => resolve(trailers['grpc-status']));
      call.on('error', reject).resume();
    });
    client.close();
    expect(status).toBe('0');
  });
});
