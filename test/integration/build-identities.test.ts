/** The identities of a build on a real BuildKit: digests of definition, stream and two sessions. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runBuild } from '../../extension/engine/job/run-build';
import type { BuildGraph } from '../../proto/model/build-graph';
import { emptyGraph } from '../../proto/model/build-graph';
import { applyPatch } from '../../proto/model/graph-patch';
import { timelineOf } from '../../webview/picture/timeline';
import { buildkits, environmentFor } from '../env/context';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llb-lens-identities-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe.each(buildkits().map((buildkit) => ({ buildkit, name: buildkit.name })))(
  'builds on $name',
  ({ buildkit }) => {
    const env = { ...environmentFor(buildkit), XDG_CACHE_HOME: undefined };

    async function build(file: string, seen?: (graph: BuildGraph) => void) {
      let graph: BuildGraph = emptyGraph;
      let planned: BuildGraph = emptyGraph;
      let printed = '';
      const end = await runBuild({
        profile: { file },
        cwd: folder,
        env,
        events: {
          graph: (whole) => (graph = planned = whole),
          patch: (patch) => {
            graph = applyPatch(graph, patch);
            seen?.(graph);
          },
          output: (text) => (printed += text),
        },
      });
      return { end, graph, planned, printed };
    }

    async function dockerfile(): Promise<string> {
      const file = join(folder, 'Dockerfile');
      await writeFile(join(folder, 'note.txt'), 'a note\n');
      await writeFile(
        file,
        `FROM alpine AS one\nRUN echo ${Date.now()}\nFROM alpine\nCOPY note.txt /\nCOPY --from=one /etc/passwd /p\n`,
      );
      return file;
    }

    test('know every vertex of the stream from the definition', async () => {
      const { end, graph, planned } = await build(await dockerfile());
      expect(end.outcome).toBe('succeeded');
      const steps = planned.nodes.filter((node) => !node.internal && node.kind !== 'unknown');
      expect(steps.length).toBeGreaterThanOrEqual(4);
      // Nothing came over the stream that the definition had not announced, but housekeeping.
      const foreign = graph.nodes.filter((node) => node.kind === 'unknown' && !node.internal);
      expect(foreign).toEqual([]);
      const states = steps.map((node) => graph.status[node.id]?.state);
      expect(states.filter((state) => state !== 'done' && state !== 'cached')).toEqual([]);
    });

    test('have equal neutral digests in two sessions at once', async () => {
      const file = await dockerfile();
      const [one, two] = await Promise.all([build(file), build(file)]);
      expect([one.end.outcome, two.end.outcome]).toEqual(['succeeded', 'succeeded']);
      const digests = ({ planned }: typeof one, key: 'digest' | 'neutralDigest') =>
        planned.nodes
          .filter((node) => node.kind !== 'unknown')
          .map((node) => node[key])
          // BuildKit before 0.16 gives the ops of a definition in any order.
          .sort();
      expect(digests(one, 'neutralDigest')).toEqual(digests(two, 'neutralDigest'));
      expect(digests(one, 'digest')).not.toEqual(digests(two, 'digest'));
    });

    test('that join a step of another build begin when they begin themselves', async () => {
      const file = join(folder, 'Dockerfile');
      await writeFile(file, `FROM alpine\nRUN sleep 7; echo ${Date.now()}\nRUN echo after\n`);
      const slow = ({ nodes, status }: BuildGraph) => {
        const node = nodes.find(({ name }) => name.startsWith('RUN sleep'));
        return node === undefined ? undefined : status[node.id];
      };
      let runs = false;
      const first = build(file, (graph) => (runs ||= slow(graph)?.state === 'running'));
      await vi.waitUntil(() => runs, { timeout: 30_000 });
      await setTimeout(2000);
      const [one, two] = await Promise.all([first, build(file)]);
      expect([one.end.outcome, two.end.outcome]).toEqual(['succeeded', 'succeeded']);
      expect(slow(one.graph)?.joined).toBeUndefined();
      const { started = NaN, joined = NaN, completed = NaN } = slow(two.graph) ?? {};
      // It may seem to have begun earlier by as long as messages take on a machine that is busy.
      expect(joined - started).toBeGreaterThan(500);
      expect(joined).toBeLessThan(completed);
      const timeline = timelineOf(two.graph, Date.now());
      const bars = (timeline?.lanes ?? []).flatMap(({ rows }) => rows.flat());
      const bar = bars.find((each) => each.joined);
      expect(bar?.from).toBe(0);
      expect(bar?.to).toBeCloseTo(completed - joined, 3);
    });

    test('agree with our own compiler', async () => {
      const { planned } = await build(await dockerfile());
      expect(planned.notes).toEqual([]);
    });
  },
);
