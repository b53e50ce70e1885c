/** Layers on real BuildKits: with merge and diff ops, and on Docker's classic store by walking. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../extension/cli/program';
import { buildkits } from '../env/context';

const text = `FROM alpine AS base
RUN mkdir -p /data/sub && head -c 20000 /dev/zero | tr '\\0' 'x' > /data/big && echo one > /data/one && ln /data/one /data/sub/hard && ln -s one /data/link && mkfifo /data/fifo && chown 7:8 /data/one && chmod 4755 /data/big && echo kept > /data/kept
RUN rm /data/big && echo two > /data/one2 && cp /data/one2 /data/two && chmod 600 /data/kept && mkdir /new && echo n > /new/n
`;

describe.each(buildkits().map((buildkit) => ({ buildkit, name: buildkit.name })))(
  'layers on $name',
  ({ buildkit }) => {
    const folder = mkdtempSync(join(tmpdir(), 'llb-lens-layers-'));
    const file = join(folder, 'Dockerfile');
    const builder = buildkit.kind === 'docker' ? `docker+${buildkit.address}` : buildkit.address;

    beforeAll(() => writeFileSync(file, text));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /** What a command prints, run in this process. */
    async function layer(...args: readonly string[]): Promise<Buffer> {
      const out: Uint8Array[] = [];
      let said = '';
      const code = await run(['layer', ...args, '--builder', builder], {
        out: (data) => Promise.resolve(void out.push(Buffer.from(data))),
        note: (line) => Promise.resolve(void (said += line)),
        progress: () => Promise.resolve(),
      });
      expect([code, said]).toEqual([0, '']);
      return Buffer.concat(out);
    }
    const lines = async (...args: readonly string[]) =>
      (await layer(...args)).toString().trimEnd().split('\n');

    test('tells what a step added, changed and removed', async () => {
      const changes = await lines('changes', file);
      const told = changes.map((line) => line.replace(/ \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, ''));
      expect(told.filter((line) => line.includes('/data') || line.includes('/new'))).toEqual([
        '− /data/big  -rwsr-xr-x 0:0 20000 B',
        '± /data/kept  -rw------- 0:0 5 B (was -rw-r--r-- 0:0 5 B)',
        '+ /data/one2  -rw-r--r-- 0:0 4 B',
        '+ /data/two  -rw-r--r-- 0:0 4 B',
        '+ /new  drwxr-xr-x 0:0 (1 files, 2 B)',
      ]);
    });

    test('compares any two places, lists, reads, searches', async () => {
      const between = await lines('changes', `${file}#2`, '--from', 'alpine');
      expect(between.some((line) => line.startsWith('+ /data '))).toBe(true);
      const listed = await lines('ls', '-r', `${file}#2`, '/data');
      expect(listed.map((line) => line.replace(/ \d{4}-.* UTC/, ''))).toEqual([
        '-rwsr-xr-x 0:0 20000 B /data/big',
        'prw-r--r-- 0:0 0 B /data/fifo'.replace('p', '?'),
        '-rw-r--r-- 0:0 5 B /data/kept',
        'lrwxrwxrwx 0:0 3 B → one /data/link',
        '-rw-r--r-- 7:8 4 B /data/one',
        'drwxr-xr-x 0:0 /data/sub',
        '-rw-r--r-- 7:8 4 B /data/sub/hard',
        '6 files, 20.0 kB',
      ]);
      expect((await layer('cat', file, '/data/link')).toString()).toBe('one\n');
      expect(await lines('search', file, '/data/*2')).toEqual(['/data/one2']);
      const image = await lines('ls', 'alpine', '/etc');
      expect(image.some((line) => line.endsWith(' passwd'))).toBe(true);
    });

    test('writes archives that tar reads: a folder, and what a step changed', async () => {
      const whole = join(folder, 'whole.tar');
      writeFileSync(whole, await layer('tar', `${file}#2`, '/data'));
      const entries = execFileSync('tar', ['--numeric-owner', '-tvf', whole]).toString();
      expect(
        entries
          .trimEnd()
          .split('\n')
          .map((line) => line.replace(/\s+/g, ' ').replace(/ \d{4}-\d\d-\d\d \d\d:\d\d/, '')),
      ).toEqual([
        '-rwsr-xr-x 0/0 20000 big',
        'prw-r--r-- 0/0 0 fifo',
        '-rw-r--r-- 0/0 5 kept',
        'lrwxrwxrwx 0/0 0 link -> one',
        '-rw-r--r-- 7/8 4 one',
        'drwxr-xr-x 0/0 0 sub/',
        'hrw-r--r-- 7/8 0 sub/hard link to one',
      ]);
      const all = join(folder, 'all.tar');
      writeFileSync(all, await layer('tar', `${file}#2`));
      const described = execFileSync('tar', ['--numeric-owner', '-tvf', all]).toString();
      for (const line of [/^-rwsr-xr-x 0\/0 +20000 .* data\/big$/m, /^lrwx.* data\/link -> one$/m])
        expect(described).toMatch(line);
      expect(described).toMatch(/^-rw-r--r-- 7\/8 +4 .* data\/one$/m);
      expect(execFileSync('tar', ['-xOf', all, 'data/kept']).toString()).toBe('kept\n');
      const changed = join(folder, 'changed.tar');
      writeFileSync(changed, await layer('tar', '--changes', file));
      const names = execFileSync('tar', ['-tf', changed]).toString().split('\n');
      expect(names).toEqual(
        expect.arrayContaining(['data/.wh.big', 'data/kept', 'data/one2', 'new/n']),
      );
      expect(names).not.toContain('data/one');
      const two = execFileSync('tar', ['-xOf', changed, 'data/two']).toString();
      expect(two).toBe('two\n');
      expect(readFileSync(whole).length % 512).toBe(0);
    });

    test('says where the space of a build goes, and of an image', async () => {
      const report: unknown = JSON.parse((await layer('inspect', '--json', file)).toString());
      expect(report).toMatchObject({
        origin: buildkit.store === 'containerd' ? 'builder' : 'steps',
        // The removed file, and the one that only its mode was changed of.
        wasted: 20_005,
        wastedPaths: [
          { path: '/data/big', bytes: 20_000, how: 'removed' },
          { path: '/data/kept', bytes: 5, how: 'overwritten' },
        ],
      });
      const image: unknown = JSON.parse((await layer('inspect', '--json', 'alpine')).toString());
      expect(image).toMatchObject({ wasted: 0, dive: { efficiency: 1 } });
    });
  },
);
