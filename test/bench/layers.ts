/**
 * Layers of a build with 100,000 files: listing them, what a step changed, any two compared, a
 * search, beside a plain walk of a tar archive of the same files by GNU tar.
 */
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { compareListings } from '../../extension/engine/files/compare-listings';
import { searchFiles } from '../../extension/engine/files/search-files';
import { inspectArchive } from '../../extension/engine/image-files/inspect-image';
import { reportOf } from '../../extension/engine/image-files/image-report';
import { writeTree } from '../../extension/engine/layers/layer-archive';
import { LayerBuild } from '../../extension/engine/layers/layer-build';
import { connectBuilder } from '../../extension/engine/job/start-job';
import { amount, type Figure } from './report';

const text = `FROM alpine
RUN d=0; while [ $d -lt 1000 ]; do mkdir -p /big/$((d/40))/$d; i=0; while [ $i -lt 100 ]; do echo "$d $i" > /big/$((d/40))/$d/file-$i.txt; i=$((i+1)); done; d=$((d+1)); done
RUN rm -r /big/3/130 && rm /big/0/0/file-5.txt && echo other > /big/1/41/file-7.txt && chmod 600 /big/2/80/file-1.txt && mkdir /new && echo x > /new/x
`;

type Measured<T> = { readonly value: T; readonly wall: number; readonly cpu: number };

async function measured<T>(work: () => Promise<T> | T): Promise<Measured<T>> {
  const start = performance.now();
  const before = process.cpuUsage();
  const value = await work();
  const { user, system } = process.cpuUsage(before);
  return { value, wall: performance.now() - start, cpu: (user + system) / 1000 };
}

const figure = (name: string, { wall, cpu }: Measured<unknown>, note = ''): Figure => ({
  name,
  value: amount(cpu, 'ms CPU'),
  note: `${amount(wall, 'ms')} in all${note === '' ? '' : `; ${note}`}`,
});

export async function layerFigures(env: NodeJS.ProcessEnv): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'llb-lens-bench-layers-'));
  const connection = await connectBuilder(undefined, env);
  const file = join(folder, 'Dockerfile');
  writeFileSync(file, text);
  const build = await LayerBuild.ofFile(connection, env, { profile: { file }, cwd: folder });
  try {
    const layer = build.result();
    const before = layer.before;
    if (before === undefined) throw new Error('the last step goes on from nothing');
    // What is measured is looking, not building.
    await layer.ref;
    await (await layer.tree()).list('/');
    const folderOpened = await measured(async () => (await layer.tree()).list('/big/0/0'));
    const changes = await measured(() => layer.changes);
    globalThis.gc?.();
    const heap = process.memoryUsage();
    const listed = await measured(() => layer.listing);
    globalThis.gc?.();
    const held = process.memoryUsage();
    const old = await before.listing;
    const compared = await measured(() => compareListings(old, listed.value));
    const searched = await measured(() => searchFiles(listed.value, '*-99.txt', 500));
    const archive = join(folder, 'layer.tar');
    const stream = createWriteStream(archive);
    const written = await measured(() =>
      writeTree(layer, '/', (bytes) => new Promise((done) => stream.write(bytes, () => done()))),
    );
    stream.end();
    await finished(stream);
    const walked = await measured(() =>
      execFileSync('tar', ['-tvf', archive], { maxBuffer: 1 << 28, env: process.env }),
    );
    const image = join(folder, 'image.tar');
    writeImage(image, folder);
    const inspected = await measured(async () => reportOf(await inspectArchive(image)));
    const bytes = held.heapUsed - heap.heapUsed + held.arrayBuffers - heap.arrayBuffers;
    return [
      figure('open a folder of 100 files', folderOpened),
      figure(
        'what the step changed',
        changes,
        `${changes.value.changes.length} changes, by ${build.host.canDiff ? 'diff op' : 'walking'}`,
      ),
      figure('list everything', listed, `${listed.value.count} entries`),
      { name: 'memory of that listing', value: amount(bytes / 1e6, 'MB') },
      figure('compare two listings', compared),
      figure('search', searched, `${searched.value.count} found`),
      figure('write all as tar', written),
      figure('GNU tar -tv of it', walked, 'CPU is of this process; beside: whole time'),
      figure('inspect it as an image', inspected, 'contents hashed'),
    ];
  } finally {
    await build.close();
    connection.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An archive as `docker save` would write it, of one layer. */
function writeImage(target: string, folder: string): void {
  const manifest = JSON.stringify([{ Config: 'c.json', Layers: ['layer.tar'] }]);
  writeFileSync(join(folder, 'manifest.json'), manifest);
  writeFileSync(join(folder, 'c.json'), '{}');
  execFileSync('tar', ['-cf', target, '-C', folder, 'layer.tar', 'c.json', 'manifest.json'], {
    env: process.env,
  });
}
