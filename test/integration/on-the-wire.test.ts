/** What a build writes to its builder: the request for services that no test has, and files but once. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { SolveRequest } from '../../proto/generated/control';
import { environmentFor, requireBuildkit } from '../env/context';
import { grpcMessages } from './grpc-messages';
import { startRelay, type Relay } from './relay';
import { runCli, startCli } from './run-cli';

const buildkit = requireBuildkit('containerd');
const folder = mkdtempSync(join(tmpdir(), 'llb-lens-wire-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const socket = (buildkit.buildkitHost ?? '').replace('unix://', '');
let relay: Relay;
let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  relay = await startRelay(socket);
  env = { ...environmentFor(buildkit), BUILDKIT_HOST: `unix://${relay.path}` };
});
afterEach(() => relay.cut());

/** Services that no test has, and what an image is attested with. */
const asked = [
  ...['--cache-to', 'type=gha,scope=main,mode=max'],
  ...['--cache-to', 'type=s3,region=eu,bucket=b,prefix=p/,endpoint_url=http://127.0.0.1:1'],
  ...['--cache-to', 'type=azblob,account_url=http://127.0.0.1:1,name=n,secret_access_key=S'],
  ...['--sbom=generator=some/scanner', '--provenance=mode=max'],
  ...['-o', 'type=oci,dest=out.tar', '.'],
];

/** The request that a client makes for it, whose way to the builder is cut then. */
async function requestOf(child: ChildProcess): Promise<SolveRequest> {
  const ended = once(child, 'close');
  const solves = () =>
    relay
      .written()
      .flatMap((bytes) => grpcMessages(bytes))
      .filter((message) => message.includes('azblob'));
  await expect.poll(() => solves().length, { timeout: 30_000 }).toBeGreaterThan(0);
  relay.cut();
  await ended;
  return SolveRequest.decode(solves()[0] ?? new Uint8Array());
}

function told({ cache, frontendAttrs, exporters, exporterDeprecated }: SolveRequest) {
  const attested = [...frontendAttrs].filter(([name]) => name.startsWith('attest:'));
  const exports = (cache?.exports ?? []).map(({ type, attrs }) => ({
    type,
    ...Object.fromEntries(attrs),
  }));
  return {
    exports,
    attested: Object.fromEntries(attested),
    // The second is all that builders before 0.13 read.
    exporters: [exporters.map(({ type }) => type), exporterDeprecated],
  };
}

test('caches of GitHub, S3 and Azure, and attestations, are asked for as buildx does', async () => {
  writeFileSync(join(folder, 'Dockerfile'), `FROM alpine\nRUN echo ${Date.now()}; sleep 60\n`);
  const services = {
    ...env,
    BUILDX_CONFIG: join(folder, 'buildx'),
    ACTIONS_RUNTIME_TOKEN: 'T',
    ACTIONS_CACHE_URL: 'http://127.0.0.1:1/',
    AWS_ACCESS_KEY_ID: 'I',
    AWS_SECRET_ACCESS_KEY: 'K',
  };
  const options = { cwd: folder, env: services };
  const own = told(await requestOf(startCli(['build', ...asked], options).child));
  expect(own.exports.map(({ type }) => type)).toEqual(['gha', 's3', 'azblob']);
  expect(own.exports[1]).toMatchObject({ bucket: 'b', secret_access_key: 'K' });
  expect(own.exporters).toEqual([['oci'], 'oci']);
  expect(own.attested).toMatchObject({ 'attest:sbom': 'type=sbom,generator=some/scanner' });
  relay = await startRelay(socket);
  const create = ['buildx', 'create', '--driver', 'remote', '--name', 'wire'];
  await promisify(execFile)('docker', [...create, `unix://${relay.path}`], options);
  const theirs = spawn('docker', ['buildx', 'build', '--builder', 'wire', ...asked], options);
  expect(told(await requestOf(theirs))).toEqual(own);
});

test('a second build of a folder sends only what has changed in it', async () => {
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY data small /\n');
  writeFileSync(join(folder, 'data'), randomBytes(8_000_000));
  const sent = () => relay.written().reduce((bytes, { length }) => bytes + length, 0);
  const sends = async (small: string) => {
    writeFileSync(join(folder, 'small'), small);
    const before = sent();
    const args = ['build', '-q', '-o', 'type=cacheonly', '.'];
    expect(await runCli(args, { cwd: folder, env })).toMatchObject({ code: 0 });
    return sent() - before;
  };
  expect(await sends('first')).toBeGreaterThan(8_000_000);
  expect(await sends('second')).toBeLessThan(100_000);
});
