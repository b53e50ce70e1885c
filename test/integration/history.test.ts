/** Builds that `docker buildx build` starts, seen through the builder service. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Console } from '../../extension/cli/console';
import { run as llbLens } from '../../extension/cli/program';
import {
  HistoryChangedNotification,
  HistoryEndedNotification,
  HistoryPatchNotification,
  type HistoryChanged,
  type HistoryEnded,
  type HistoryPatch,
} from '../../extension/service/protocol';
import type { HistoryRecord } from '../../extension/engine/history/record';
import { usageItem } from '../../extension/engine/builder/disk-usage';
import { connect } from '../../proto/client/connect';
import type { BuildGraph, GraphNode } from '../../proto/model/build-graph';
import { applyPatch } from '../../proto/model/graph-patch';
import { buildkits, environmentFor } from '../env/context';
import { startRelay } from './relay';
import { startService, type ServiceProcess } from './service-process';

const run = promisify(execFile);

const dockerfile = (last: string): string => `FROM alpine AS base
RUN echo ${mark} > /mark
FROM base
COPY note /note
RUN cat /note \\
  && ${last}
`;
const mark = `${process.pid}-${Date.now()}`;

describe.each(buildkits().map((buildkit) => ({ buildkit, name: buildkit.name })))(
  'the history on $name',
  ({ buildkit }) => {
    const folder = mkdtempSync(join(tmpdir(), 'llb-lens-history-'));
    const env = { ...environmentFor(buildkit), BUILDX_CONFIG: join(folder, 'buildx') };
    const known = new Map<string, HistoryRecord>();
    const waiting = new Set<() => void>();
    let service: ServiceProcess;

    beforeAll(async () => {
      writeFileSync(join(folder, 'note'), 'a note\n');
      service = startService(env);
      service.connection.onNotification(HistoryChangedNotification, (change: HistoryChanged) => {
        if (change.reset) known.clear();
        for (const record of change.upserts) known.set(record.ref, record);
        for (const ref of change.removes) known.delete(ref);
        for (const look of waiting) look();
      });
      await service.request('history/watch', {});
    });
    afterAll(() => {
      service.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Resolves with the build of a folder's name when it is as wanted. */
    function record(name: string, wanted: (one: HistoryRecord) => boolean): Promise<HistoryRecord> {
      return new Promise((resolve) => {
        const look = (): void => {
          for (const one of known.values()) {
            if (one.name !== name || !wanted(one)) continue;
            waiting.delete(look);
            resolve(one);
          }
        };
        waiting.add(look);
        look();
      });
    }

    function buildArguments(name: string, last: string): string[] {
      const path = join(folder, `${name}.Dockerfile`);
      writeFileSync(path, dockerfile(last));
      return ['buildx', 'build', '-f', path, `--build-arg=BUILDKIT_BUILD_NAME=${name}`, folder];
    }

    const containing = (part: string): unknown => expect.stringContaining(part);
    const doneOrCached: unknown = expect.stringMatching(/done|cached/);
    const lines = ({ ranges }: GraphNode): number[] => ranges.map(({ start }) => start.line);

    function steps(graph: BuildGraph): Record<string, unknown> {
      return Object.fromEntries(
        graph.nodes
          .filter(({ ranges }) => ranges.length > 0)
          .map((node): [string, unknown] => {
            const { state, matchedByName } = graph.status[node.id] ?? {};
            return [node.name.split(' ')[0] ?? '', [node.kind, lines(node), state, matchedByName]];
          }),
      );
    }

    test('a build appears, opens with its steps at their lines, and can be kept and deleted', async () => {
      const name = `good-${mark}`;
      await run('docker', buildArguments(name, 'echo done'), { env });
      const { ref } = await record(name, ({ state }) => state === 'succeeded');
      const opened = await service.request('history/open', { ref });
      // The record's provenance holds the LLB: joined by digest, nothing is guessed.
      expect(steps(opened.graph)).toMatchObject({
        FROM: ['image', [1], doneOrCached, undefined],
        COPY: ['file', [4], 'done', undefined],
        RUN: ['exec', [5, 6], 'done', undefined],
      });
      expect(opened.graph.sources).toMatchObject([{ uri: containing(`${name}.Dockerfile`) }]);
      const last = opened.graph.nodes.find((node) => lines(node).includes(5));
      const { text } = await service.request('history/log', {
        id: opened.id,
        digest: last?.digest ?? '',
        from: 0,
      });
      expect(text).toBe('a note\ndone\n');
      const [provenance] = opened.attestations;
      expect(provenance?.type).toContain('slsa.dev/provenance');
      const source = await service.request('history/source', { ref, index: 0 });
      expect(source.text).toBe(dockerfile('echo done'));

      await service.request('history/pin', { ref, pinned: true });
      await record(name, ({ pinned }) => pinned);
      const ours = join(folder, 'ours.dockerbuild');
      const theirs = join(folder, 'theirs.dockerbuild');
      await service.request('history/export', { ref, path: ours });
      await run('docker', ['buildx', 'history', 'export', '-o', theirs, ref], { env });
      expect(bundle(ours)).toEqual(bundle(theirs));
      // Either opens as the build does that the builder remembers, but for whose copy of a text it shows.
      const { record: remembered, graph } = await service.request('history/open', { ref });
      for (const path of [ours, theirs]) {
        const read = await service.request('history/open', { bundle: path });
        expect(read.record).toEqual(remembered);
        expect(read.graph).toEqual(graph);
        expect(read.attestations).toEqual(opened.attestations);
        const attested = { id: read.id, digest: provenance?.digest ?? '' };
        const { text: statement } = await service.request('history/attestation', attested);
        expect(statement).toContain('"buildType"');
        const place = { id: read.id, digest: last?.digest ?? '', from: 0 };
        expect((await service.request('history/log', place)).text).toBe('a note\ndone\n');
      }

      await service.request('history/pin', { ref, pinned: false });
      await service.request('history/delete', { ref });
      await new Promise<void>((resolve) => {
        const look = (): void => {
          if (!known.has(ref)) resolve();
        };
        waiting.add(look);
        look();
      });
      await expect(service.request('history/open', { ref })).rejects.toThrow('remembers no build');
    });

    test('a running build is followed to its failure, joined by name and to the error’s lines', async () => {
      const name = `bad-${mark}`;
      const child = spawn('docker', buildArguments(name, 'sleep 2; exit 3'), { env });
      const ended = new Promise<HistoryEnded>((resolve) => {
        service.connection.onNotification(HistoryEndedNotification, (event: HistoryEnded) => {
          if (event.record.name === name) resolve(event);
        });
      });
      const patches: HistoryPatch[] = [];
      service.connection.onNotification(HistoryPatchNotification, (patch: HistoryPatch) => {
        patches.push(patch);
      });
      const { ref } = await record(name, ({ state }) => state === 'running');
      const opened = await service.request('history/open', { ref });
      const { record: finished, error } = await ended;
      expect(child.pid).toBeDefined();
      expect(finished.state).toBe('failed');
      expect(patches.map(({ seq }) => seq)).toEqual(patches.map((_, index) => index + 1));
      const graph = patches.reduce((all, { patch }) => applyPatch(all, patch), opened.graph);
      expect(steps(graph)).toMatchObject({
        COPY: ['file', [4], doneOrCached, true],
        RUN: ['exec', [5, 6], 'failed', true],
      });
      expect(error?.message).toContain('exit code: 3');
      expect(error?.places[0]?.ranges.map(({ start }) => start.line)).toEqual([5, 6]);
      await service.request('history/delete', { ref });
    });

    test('the command line lists, shows and deletes the same builds', async () => {
      const name = `cli-${mark}`;
      await run('docker', buildArguments(name, 'echo cli'), { env });
      const { ref } = await record(name, ({ state }) => state === 'succeeded');
      const call = async (...args: string[]): Promise<string> => {
        let text = '';
        const to: Console = {
          out: (data) => {
            text += data.toString();
            return Promise.resolve();
          },
          note: () => Promise.resolve(),
          progress: () => Promise.resolve(),
        };
        const builder = `docker+${buildkit.address}`;
        expect(await llbLens(['history', ...args, '--builder', builder], to)).toBe(0);
        return text;
      };
      expect(await call('ls')).toContain(`${ref}  succeeded`);
      expect(await call('inspect', ref)).toMatch(/ (done|cached) .*COPY note \/note {2}\(line 4\)/);
      expect(await call('logs', ref)).toContain('a note');
      await call('rm', ref);
      expect(await call('ls')).not.toContain(ref);
    });

    test('a prune removes what its preview says', async () => {
      const name = `prune-${mark}`;
      await run('docker', buildArguments(name, `echo prune ${mark}`), { env });
      const last = (one: { readonly description: string }): boolean =>
        one.description.includes(`echo prune ${mark}`);
      const wanted = (await everyRecord()).find(last);
      const options = { all: true, filters: [`id==${wanted?.id ?? ''}`] };
      const preview = await service.request('builder/prunePreview', { options });
      expect([preview.count, preview.size]).toEqual([1, wanted?.size]);
      const pruned = await service.request('builder/prune', { options, token: 'prune' });
      expect(pruned).toEqual({ count: 1, size: preview.size });
      expect((await everyRecord()).some(last)).toBe(false);
    });

    async function everyRecord() {
      const connection = await connect(`docker+${buildkit.address}`);
      try {
        return (await connection.control.diskUsage()).record.map(usageItem);
      } finally {
        connection.close();
      }
    }

    test('what a builder is and stores can be seen', async () => {
      const info = await service.request('builder/info', {});
      expect(info.workers[0]?.platforms).toContain('linux/amd64');
      expect(info.workers[0]?.gcRules.length).toBeGreaterThan(0);
      expect(info.capabilities.gateway).toContain('gateway.exec');
      expect(info.missing.some((text) => text.includes('0.27'))).toBe(true);
      const usage = await service.request('builder/usage', {});
      expect(usage.types.map(({ type }) => type)).toContain('regular');
      const preview = await service.request('builder/prunePreview', { options: { all: false } });
      expect(preview.size).toBeLessThanOrEqual(usage.reclaimable);
      expect(preview.records.every(({ inUse }) => !inUse)).toBe(true);
    });
  },
);

/** The archive's parts without what the two programs write at different moments. */
function bundle(path: string): unknown {
  const list = execFileSync('tar', ['-tzf', path], { encoding: 'utf8' }).trim().split('\n');
  const read = (name: string): string =>
    execFileSync('tar', ['-xzOf', path, name], { encoding: 'utf8' });
  const index = parse(read('index.json'));
  const manifest = parse(read(blob(index.manifests?.[0]?.digest)));
  return {
    files: list.length,
    layout: read('oci-layout'),
    record: read(blob(manifest.config?.digest)).replace(/"trace": \{[^}]*\}/, '"trace"'),
    layers: manifest.layers?.filter(({ mediaType }) => !mediaType?.includes('otlp')),
    size: readFileSync(path).length > 1000,
  };
}

type Descriptor = { readonly digest?: string; readonly mediaType?: string };
type Part = {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
};

function parse(text: string): Part {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null) return value;
  throw new Error('the bundle holds no JSON object');
}

const blob = (digest: string | undefined): string => `blobs/sha256/${(digest ?? '').slice(7)}`;

test('a builder that comes back is watched again', async () => {
  const [buildkit] = buildkits();
  if (buildkit === undefined) throw new Error('there is no BuildKit to test with');
  const target = buildkit.address.replace('unix://', '');
  const first = await startRelay(target);
  const env = { ...environmentFor(buildkit), BUILDKIT_HOST: `docker+unix://${first.path}` };
  const service = startService(env);
  try {
    const states: string[] = [];
    const state = (wanted: string, after: number): Promise<void> =>
      new Promise((resolve) => {
        const timer = setInterval(() => {
          if (!states.slice(after).includes(wanted)) return;
          clearInterval(timer);
          resolve();
        }, 20);
      });
    service.connection.onNotification(HistoryChangedNotification, (change: HistoryChanged) => {
      states.push(change.state);
    });
    await service.request('history/watch', {});
    await state('live', 0);
    first.cut();
    await state('unavailable', 0);
    const seen = states.length;
    const second = await startRelay(target, first.path);
    await state('live', seen);
    second.cut();
  } finally {
    service.stop();
  }
});
