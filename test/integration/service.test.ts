/** The builder service as the extension uses it: its process, spoken to in JSON-RPC. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-languageserver/node';
import { inputFor } from '../../extension/engine/input/input-for';
import { resolveProfile } from '../../extension/engine/profile/profile';
import { isDockerWorker, resolveMode } from '../../extension/engine/request/build-request';
import {
  NoBuilderError,
  OutlookChangedNotification,
  ServiceError,
  type ServiceMethod,
  type ServiceRequests,
} from '../../extension/service/protocol';
import { connect } from '../../proto/client/connect';
import { defaultBuilder } from '../../proto/client/builders/default-builder';
import { neutralDigests } from '../../proto/model/neutral-digest';
import { BackgroundJob } from '../../extension/engine/job/background-job';
import { buildkits, daemons, environmentFor } from '../env/context';
import { pushImage } from '../env/oci-image';

const containing = (part: string): unknown => expect.stringContaining(part);

const text = `FROM alpine
COPY note /note
RUN mkdir -p /made/sub && echo made > /made/file && chmod 640 /made/file && ln -s file /made/link
`;

describe.each(buildkits().map((buildkit) => ({ buildkit, name: buildkit.name })))(
  'the builder service on $name',
  ({ buildkit }) => {
    const folder = mkdtempSync(join(tmpdir(), 'llb-lens-service-'));
    // Other tests' builds are not remembered here, so that nothing is heard of them.
    const cache = { XDG_CACHE_HOME: join(folder, 'cache') };
    const env = { ...process.env, ...environmentFor(buildkit), ...cache };
    const path = join(folder, 'Dockerfile');
    let child: ChildProcess;
    let connection: MessageConnection;

    const request = <M extends ServiceMethod>(
      method: M,
      params: ServiceRequests[M]['params'],
    ): Promise<ServiceRequests[M]['result']> => connection.sendRequest(method, params);

    beforeAll(() => {
      writeFileSync(join(folder, 'note'), 'a note\n');
      // What is on the disk is older than what was built.
      writeFileSync(path, 'FROM scratch\n');
      const service = spawn(process.execPath, [join(inject('freshBundles'), 'service.js')], {
        env,
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      child = service;
      connection = createMessageConnection(
        new StreamMessageReader(service.stdout),
        new StreamMessageWriter(service.stdin),
      );
      connection.listen();
    });
    afterAll(() => {
      connection.dispose();
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    });

    /** Neutral digests of the steps by name, as a build of the same text finds them. */
    async function steps(): Promise<ReadonlyMap<string, string>> {
      const profile = await resolveProfile({ file: path }, folder);
      const input = await inputFor(profile, text);
      const builder = await connect((await defaultBuilder(env)).address);
      const { job, info } = await BackgroundJob.open({
        connection: builder,
        directories: input.directories,
        env,
      });
      try {
        const { results } = await input.define({
          gateway: job.gateway,
          info,
          sessionId: job.session.id,
          attributes: resolveMode(profile, isDockerWorker(builder)),
          signal: job.signal,
        });
        const found = new Map<string, string>();
        for (const { definition } of results) {
          for (const [digest, neutral] of neutralDigests(definition)) {
            const name = definition.metadata.get(digest)?.description['llb.customname'] ?? '';
            found.set(/^\[[^\]]*\] (\w+)/.exec(name)?.[1] ?? name, neutral);
          }
        }
        return found;
      } finally {
        await job.close();
        builder.close();
      }
    }

    test('tells which builder there is', async () => {
      expect(await request('builder/state', {})).toMatchObject({ state: 'connected' });
      const {
        builders: [first],
      } = await request('builder/list', {});
      expect(first?.current).toBe(true);
    });

    test('tells what is wrong with one that is not there, and what to do', async () => {
      expect(await request('builder/state', { builder: 'unix:///missing' })).toMatchObject({
        state: 'unavailable',
        reason: containing('nothing at unix:///missing'),
        remedy: containing('Start buildkitd'),
      });
      await expect(
        request('image/resolve', { builder: 'unix:///missing', ref: 'a', platform: 'linux/amd64' }),
      ).rejects.toMatchObject({ code: NoBuilderError });
    });

    test('resolves images by platform, many at once', async () => {
      const images = await Promise.all(
        ['linux/amd64', 'linux/arm64/v8'].map((platform) =>
          request('image/resolve', { ref: 'docker.io/library/alpine:latest', platform }),
        ),
      );
      expect(images.map(({ config }) => config.includes('"arm64"'))).toEqual([false, true]);
      for (const { digest } of images) expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    });

    test('tells how much an image takes on the disk once the builder has unpacked it', async () => {
      // Layers bear the name under which they came first: nobody else has these.
      const unique = `${process.hrtime.bigint()}`;
      const digest = await pushImage(
        daemons()?.registry ?? '',
        'llb-lens/weighed',
        [unique],
        [
          {
            architecture: 'amd64',
            layers: [
              [{ type: 'file', path: 'first', content: Buffer.from(unique) }],
              [{ type: 'file', path: 'second', content: Buffer.alloc(50_000, unique) }],
            ],
            config: {},
          },
        ],
      );
      const ref = `${new URL(daemons()?.registry ?? '').host}/llb-lens/weighed:${unique}`;
      const asked = { ref, platform: 'linux/amd64' };
      expect(await request('image/resolve', asked)).not.toHaveProperty('onDisk');
      const layer = {
        kind: 'image',
        reference: `${ref}@${digest}`,
        platform: 'linux/amd64',
      } as const;
      expect(await request('layer/readDir', { layer, path: '/' })).toHaveLength(2);
      const onDisk = async () => (await request('image/resolve', asked)).onDisk;
      // Docker's older store keeps the layers, and does not tell BuildKit their sizes.
      if (buildkit.store === 'graph') expect(await onDisk()).toBeUndefined();
      // A builder with a large cache on a busy machine takes longer than an image waits for its size.
      else await expect.poll(onDisk, { timeout: 60_000 }).toBeGreaterThan(50_000);
    });

    test('says when there is no such image', async () => {
      await expect(
        request('image/resolve', { ref: 'docker.io/library/nosuch:1', platform: 'linux/amd64' }),
      ).rejects.toMatchObject({
        code: ServiceError,
        message: containing('not found'),
      });
    });

    test('reads the files of a step, of the text that was built', async () => {
      const known = await steps();
      const step = (name: string) => ({
        kind: 'step' as const,
        source: { path, text },
        profile: { file: path },
        node: known.get(name) ?? '',
      });
      const layer = (name: string, inside: string) => ({ layer: step(name), path: inside });
      const made = await request('layer/readDir', layer('RUN', '/made'));
      expect(
        made.map(({ name, kind, mode, linkTarget }) => ({ name, kind, mode, linkTarget })),
      ).toEqual([
        { name: 'file', kind: 'file', mode: 0o640, linkTarget: undefined },
        { name: 'link', kind: 'symlink', mode: 0o777, linkTarget: 'file' },
        { name: 'sub', kind: 'directory', mode: 0o755, linkTarget: undefined },
      ]);
      const file = await request('layer/readFile', layer('RUN', '/made/file'));
      expect([Buffer.from(file.data, 'base64').toString(), file.size]).toEqual(['made\n', 5]);
      const before = await request('layer/readDir', layer('COPY', '/'));
      expect(before.map(({ name }) => name)).toContain('note');
      expect(before.map(({ name }) => name)).not.toContain('made');
      const { changes, partial } = await request('layer/changes', { layer: step('RUN') });
      expect(partial).toBe(false);
      expect(changes.find((one) => one.path === '/made')).toMatchObject({
        change: 'added',
        after: { kind: 'directory', mode: 0o755, uid: 0, gid: 0 },
      });
      const old = await request('layer/readFile', {
        layer: { ...step('RUN'), before: true },
        path: '/note',
      });
      expect(Buffer.from(old.data, 'base64').toString()).toBe('a note\n');
      const target = join(folder, 'saved');
      await request('layer/save', { ...layer('RUN', '/made/file'), target });
      expect(readFileSync(target, 'utf8')).toBe('made\n');
      const predicted = await request('record/predict', {
        source: { path, text },
        profile: { file: path },
      });
      expect(predicted.steps.map(({ node }) => node)).toContain(known.get('RUN'));
      await expect(request('layer/readDir', layer('COPY', '/made'))).rejects.toMatchObject({
        code: ServiceError,
        message: 'There is no /made here.',
      });
      await expect(request('layer/readFile', layer('RUN', '/made'))).rejects.toMatchObject({
        message: '/made is a directory.',
      });
    });

    test('knows no steps of another text', async () => {
      const node = `sha256:${'0'.repeat(64)}`;
      await expect(
        request('layer/readDir', {
          layer: { kind: 'step', source: { path, text }, profile: { file: path }, node },
          path: '/',
        }),
      ).rejects.toMatchObject({
        code: ServiceError,
        message: containing('Build it again'),
      });
    });

    test('says after a prune that builds would do other things, whatever went', async () => {
      let heard = 0;
      const listening = connection.onNotification(OutlookChangedNotification, () => {
        heard++;
      });
      // Others work with the same builder.
      const options = { all: true, filters: ['id==none-of-these'] };
      expect(await request('builder/prunePreview', { options })).toMatchObject({ count: 0 });
      expect(heard).toBe(0);
      expect(await request('builder/prune', { options, token: 'prune' })).toEqual({
        count: 0,
        size: 0,
      });
      expect(heard).toBe(1);
      // One that breaks off may have removed something too.
      const elsewhere = { builder: 'unix:///missing', options, token: 'another' };
      await expect(request('builder/prune', elsewhere)).rejects.toMatchObject({
        code: NoBuilderError,
      });
      expect(heard).toBe(2);
      listening.dispose();
    });

    test('ends with its input', async () => {
      const exited = once(child, 'exit');
      child.stdin?.end();
      expect((await exited)[0]).toBe(0);
    });
  },
);
