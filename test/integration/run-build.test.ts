/** Whole builds by the engine on real BuildKits: what they export, remember, print and leave behind. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { durationOf } from '../../extension/engine/records/build-record';
import { readBuildRecords } from '../../extension/engine/records/record-store';
import { bakeProfile } from '../../extension/engine/profile/bake';
import { runBuild } from '../../extension/engine/job/run-build';
import type { LaunchAttributes } from '../../proto/messages/debug-adapter';
import { type BuildGraph, emptyGraph } from '../../proto/model/build-graph';
import { applyPatch } from '../../proto/model/graph-patch';
import { buildkits, environmentFor } from '../env/context';
import { activeBuilds } from './active-builds';

let folder: string;
let file: string;
const cache = process.env['XDG_CACHE_HOME'];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llb-lens-build-'));
  file = join(folder, 'Dockerfile');
});
afterEach(async () => {
  if (cache === undefined) Reflect.deleteProperty(process.env, 'XDG_CACHE_HOME');
  else process.env['XDG_CACHE_HOME'] = cache;
  await rm(folder, { recursive: true, force: true });
});

describe.each(buildkits().map((buildkit) => ({ buildkit, name: buildkit.name })))(
  'a build on $name',
  ({ buildkit }) => {
    async function build(text: string, rest: LaunchAttributes = {}, signal?: AbortSignal) {
      await writeFile(file, text);
      const empty: BuildGraph = emptyGraph;
      const seen = { graph: empty, printed: '', patches: 0 };
      const started = Date.now();
      const end = await runBuild({
        profile: { file, ...rest },
        cwd: folder,
        env: environmentFor(buildkit),
        ...(signal === undefined ? {} : { signal }),
        events: {
          graph: (whole) => (seen.graph = whole),
          patch: (patch) => {
            seen.graph = applyPatch(seen.graph, patch);
            seen.patches++;
          },
          output: (lines) => (seen.printed += lines),
        },
      });
      return { ...seen, end, seconds: (Date.now() - started) / 1000 };
    }

    test('writes its files into a folder', async () => {
      const { end } = await build('FROM scratch\nCOPY Dockerfile /made/file\n', {
        outputs: ['type=local,dest=out'],
      });
      expect(end.message).toBeUndefined();
      expect(await readFile(join(folder, 'out/made/file'), 'utf8')).toContain('FROM scratch');
    });

    test('has the results of other Bake targets as contexts', async () => {
      await mkdir(join(folder, 'lib'));
      await writeFile(join(folder, 'lib/text'), 'from the library');
      await writeFile(
        join(folder, 'lib/Dockerfile'),
        'FROM made\nCOPY text /\nENV KEPT=kept\nONBUILD RUN echo $KEPT > /onbuild\n',
      );
      await writeFile(
        join(folder, 'docker-bake.hcl'),
        'target "made" {\n dockerfile-inline = "FROM alpine\\nRUN echo $${NONE-made} > /made\\n"\n}\n' +
          'target "lib" {\n context = "lib"\n contexts = { made = "target:made" }\n}\n' +
          'target "app" { contexts = { base = "target:lib" } }\n',
      );
      const env = environmentFor(buildkit);
      process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
      const profile = await bakeProfile({ target: 'app' }, env, folder);
      const text = `FROM base\nRUN echo ${Date.now()} && cat /text /made > /all\n`;
      const outputs = ['type=local,dest=out'];
      const { end, graph } = await build(text, { ...profile, outputs });
      expect(end.message).toBeUndefined();
      expect(await readFile(join(folder, 'out/all'), 'utf8')).toBe('from the librarymade\n');
      expect(await readFile(join(folder, 'out/onbuild'), 'utf8')).toBe('kept\n');
      const files = Object.values(graph.sources).map(({ uri }) => basename(dirname(uri ?? '')));
      expect(new Set(files)).toEqual(
        new Set([basename(folder), 'lib', expect.stringMatching(/^made-[\da-f]{16}$/)]),
      );
    });

    test('writes its files as one archive', async () => {
      const { end } = await build('FROM scratch\nCOPY Dockerfile /made/file\n', {
        outputs: ['type=tar,dest=out.tar'],
      });
      expect(end.message).toBeUndefined();
      expect((await readFile(join(folder, 'out.tar'))).includes('made/file')).toBe(true);
    });

    test.skipIf(buildkit.kind !== 'docker')(
      'keeps a tagged image in Docker, and builds on it',
      async () => {
        const tag = `llb-lens-test:${Date.now()}`;
        const { end } = await build('FROM alpine\nLABEL made=here\nCMD ["true"]\n', {
          tags: [tag],
        });
        expect(end.outcome).toBe('succeeded');
        const socket = buildkit.address.replace(/^unix:\/\//, '');
        const image = await docker(socket, 'GET', `/images/${tag}/json`);
        expect(JSON.parse(image)).toMatchObject({ Config: { Labels: { made: 'here' } } });
        // No registry has it: that Docker is asked first is the image resolve mode.
        const onto = { outputs: ['type=cacheonly'] };
        const above = await build(`FROM ${tag}\nCOPY Dockerfile /\n`, onto);
        expect(above.end.message).toBeUndefined();
        await docker(socket, 'DELETE', `/images/${tag}`);
      },
    );

    test('builds nothing at all', async () => {
      expect((await build('FROM scratch\n')).end).toMatchObject({ outcome: 'succeeded' });
    });

    test('has what it is warned of at the steps that are written there', async () => {
      const { graph } = await build('FROM alpine as tools\nRUN true\nCOPY $MISSING /made\n', {
        outputs: [],
      });
      const warned = graph.nodes.flatMap(({ id, name, internal }) =>
        (graph.status[id]?.warnings ?? [])
          .filter(() => !internal)
          .map(({ text, url = '' }) => [
            name.split(' ')[0],
            text.split(':')[0],
            new URL(url).hostname,
          ]),
      );
      expect(warned.sort()).toEqual([
        ['COPY', 'UndefinedVar', 'docs.docker.com'],
        ['FROM', 'FromAsCasing', 'docs.docker.com'],
      ]);
    });

    test('is remembered by neutral digest', async () => {
      process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
      const { graph } = await build(`FROM alpine\nRUN echo ${Date.now()}\nCOPY Dockerfile /\n`);
      const [record] = await readBuildRecords();
      expect(record).toMatchObject({ file, outcome: 'succeeded' });
      for (const node of graph.nodes) {
        expect(record?.vertices).toContainEqual(
          expect.objectContaining({ digest: node.digest, neutral: node.neutralDigest }),
        );
      }
      const run = record?.vertices.find((vertex) => vertex.name.includes('RUN echo'));
      expect(run?.state).toBe('done');
      expect(run === undefined ? 0 : durationOf(run)).toBeGreaterThan(0);
    });

    test('that is stopped leaves nothing running', async () => {
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 3_000);
      const text = `FROM alpine\nRUN echo ${Date.now()} && sleep 60\n`;
      const { end, graph } = await build(text, {}, stop.signal);
      expect(end.outcome).toBe('cancelled');
      expect(Object.values(graph.status).map(({ state }) => state)).not.toContain('running');
      const active = () => activeBuilds(buildkit.buildkitHost ?? buildkit.address);
      await expect.poll(active, { timeout: 5_000 }).not.toContain(end.buildId);
    });

    test('that prints without end sends few patches', async () => {
      const text = `FROM alpine\nRUN echo ${Date.now()}; yes "a line of some length" | head -n 100000\n`;
      const { end, printed, patches, seconds } = await build(text);
      expect(end.outcome).toBe('succeeded');
      expect(printed.length).toBeGreaterThan(100_000);
      expect(patches).toBeLessThanOrEqual(10 * seconds + 5);
    });

    test('of several platforms has a graph with both', async () => {
      const platforms = ['linux/amd64', 'linux/arm64'];
      const { end, graph } = await build('FROM alpine\nCOPY Dockerfile /\n', { platforms });
      expect(end.outcome).toBe('succeeded');
      const copies = graph.nodes.filter((node) => node.name.startsWith('COPY'));
      expect(copies.map((node) => node.platform).sort()).toEqual(platforms);
    });
  },
);

/** A request to the Docker Engine's own API. */
function docker(socketPath: string, method: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path }, (response) => {
      let body = '';
      response.on('data', (piece: Buffer) => (body += piece.toString()));
      response.once('end', () => resolve(body));
    });
    call.once('error', reject);
    call.end();
  });
}
