/**
 * The same projects built here and by `docker buildx build`: the images must be equal, byte for
 * byte, which layers, configs and manifests say by their digests. Each side has a daemon of its own
 * that knows nothing yet: a BuildKit runs a step once for two that ask for it at the same time.
 */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runBuild } from '../../extension/engine/job/run-build';
import { findManifest } from '../../proto/client/session/content/oci-index';
import type { LaunchAttributes } from '../../proto/messages/debug-adapter';
import { environmentFor, requireBuildkit } from '../env/context';
import { digestsIn } from './oci-layout';
import { OwnDaemon } from '../env/own-daemon';

const root = mkdtempSync(join(tmpdir(), 'llb-lens-equality-'));
const ourDaemon = OwnDaemon.find({ network: true });
const theirDaemon = OwnDaemon.find({ network: true });
beforeAll(() => Promise.all([ourDaemon?.start(), theirDaemon?.start()]));
afterAll(async () => {
  rmSync(root, { recursive: true, force: true });
  await Promise.all([ourDaemon?.remove(), theirDaemon?.remove()]);
});

const epoch = '1000000000';

/** BuildKit with the containerd store makes OCI archives. */
const envOf = (daemon: OwnDaemon | undefined): NodeJS.ProcessEnv => ({
  ...environmentFor(requireBuildkit('containerd')),
  ...(daemon === undefined ? {} : { DOCKER_HOST: daemon.address }),
  SOURCE_DATE_EPOCH: epoch,
});

type Entry =
  | string
  | { readonly text: string; readonly mode: number }
  | { readonly link: string }
  | { readonly same: string }
  | { readonly folder: number };

type Project = {
  readonly name: string;
  readonly files: Readonly<Record<string, Entry>>;
  readonly profile?: LaunchAttributes;
  readonly flags?: readonly string[];
};

const executable = (text: string): Entry => ({ text, mode: 0o755 });

const projects: readonly Project[] = [
  {
    name: 'modes of files and folders',
    files: {
      Dockerfile: 'FROM scratch\nCOPY . /app/\n',
      'bin/run': executable('#!/bin/sh\n'),
      'bin/set': { text: 'x', mode: 0o4711 },
      'etc/secret': { text: 'x', mode: 0o600 },
      'shared/': { folder: 0o1777 },
      'shared/group': { text: 'x', mode: 0o2664 },
    },
  },
  {
    name: 'symbolic links',
    files: {
      Dockerfile: 'FROM scratch\nCOPY links /links\nCOPY links/up /followed\nCOPY a* /glob/\n',
      'target/file': 'text',
      a1: { link: 'target/file' },
      a2: 'plain',
      'links/up': { link: '../target/file' },
      'links/absolute': { link: '/etc/hosts' },
      'links/dangling': { link: 'nowhere' },
      'links/folder': { link: '../target' },
    },
  },
  {
    name: 'hard links',
    files: {
      Dockerfile: 'FROM scratch\nCOPY . /x\nCOPY b/second /y\n',
      'a/first': 'one file',
      'b/second': { same: 'a/first' },
      'b/third': { same: 'a/first' },
    },
  },
  {
    name: 'exceptions in .dockerignore',
    files: {
      Dockerfile: 'FROM scratch\nCOPY . /\n',
      '.dockerignore':
        '# all but\n*\n!src\n!docs/*.md\nsrc/**/*.log\n!src/keep/important.log\n/README\n',
      README: 'no',
      'src/main.c': 'yes',
      'src/a/debug.log': 'no',
      'src/keep/important.log': 'yes',
      'src/keep/other.log': 'no',
      'docs/a.md': 'yes',
      'docs/b.txt': 'no',
    },
  },
  {
    name: 'a .dockerignore of the Dockerfile’s own',
    files: {
      'build/app.Dockerfile': 'FROM scratch\nCOPY . /\n',
      'build/app.Dockerfile.dockerignore': 'hidden\nbuild\n',
      '.dockerignore': 'shown\n',
      hidden: 'no',
      shown: 'yes',
    },
    profile: { file: 'build/app.Dockerfile' },
    flags: ['-f', 'build/app.Dockerfile'],
  },
  {
    name: 'stages, owners and modes of COPY',
    files: {
      Dockerfile:
        'FROM alpine AS made\nCOPY --chown=1000:1000 a /a\nRUN echo made > /made && chmod 751 /made\n' +
        'FROM alpine\nCOPY --from=made --chmod=0440 /made /a /out/\nCOPY --link a /linked\n',
      a: executable('text'),
    },
  },
  {
    name: 'configuration of the image',
    files: {
      Dockerfile:
        'FROM alpine\nARG V=1\nENV A=$V B="two words"\nLABEL l=m\nWORKDIR /work\nUSER app\n' +
        'EXPOSE 80/tcp\nVOLUME /data\nSTOPSIGNAL TERM\nHEALTHCHECK CMD true\nENTRYPOINT ["sh"]\nCMD ["-c","id"]\n' +
        'RUN id > /tmp/id\n',
    },
    profile: { buildArgs: { V: '3' }, labels: { from: 'outside' } },
    flags: ['--build-arg', 'V=3', '--label', 'from=outside'],
  },
  {
    name: 'heredocs and empty folders',
    files: {
      Dockerfile:
        'FROM alpine\nCOPY <<A <<B /docs/\none\nA\ntwo\nB\nRUN <<E\nset -e\nmkdir -p /empty/x\nE\nCOPY empty /from\n',
      'empty/': { folder: 0o750 },
    },
  },
  {
    name: 'names with blanks, commas, newlines and letters of the world',
    files: {
      Dockerfile: 'FROM scratch\nCOPY ["a, b.txt", "/"]\nCOPY d /d\nCOPY d/*.x /x/\n',
      'a, b.txt': 'comma',
      'd/new\nline': 'newline',
      'd/ü 😀': 'letters',
      'd/back\\slash.x': 'backslash',
      'd/[b].x': 'brackets',
    },
  },
  {
    name: 'a named context and a platform',
    files: {
      Dockerfile: 'FROM scratch\nCOPY --from=lib . /lib/\nCOPY Dockerfile /\n',
      'lib/a': 'a',
      'lib/.dockerignore': 'b\n',
      'lib/b': 'b',
    },
    profile: { contexts: { lib: 'lib' }, platforms: ['linux/arm64'] },
    flags: ['--build-context', 'lib=lib', '--platform', 'linux/arm64'],
  },
];

function write(folder: string, files: Project['files']): void {
  for (const [name, entry] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    if (typeof entry === 'string') writeFileSync(path, entry);
    else if ('link' in entry) symlinkSync(entry.link, path);
    else if ('same' in entry) linkSync(join(folder, entry.same), path);
    else if ('folder' in entry) {
      mkdirSync(path, { recursive: true });
      chmodSync(path, entry.folder);
    } else {
      writeFileSync(path, entry.text);
      chmodSync(path, entry.mode);
    }
    if (typeof entry === 'string') utimesSync(path, 1_600_000_000, 1_600_000_000);
  }
}

/** The digests of an image that we made: of the manifest, and the diff ids of its layers. */
async function ours(folder: string, { profile = {} }: Project) {
  const layout = `${folder}.ours`;
  const end = await runBuild({
    profile: {
      context: '.',
      noCache: true,
      attests: ['type=provenance,disabled=true'],
      outputs: [`type=oci,tar=false,rewrite-timestamp=true,dest=${layout}`],
      ...profile,
      buildArgs: { SOURCE_DATE_EPOCH: epoch, ...profile.buildArgs },
    },
    cwd: folder,
    env: envOf(ourDaemon),
    events: { graph: () => undefined, patch: () => undefined, output: () => undefined },
  });
  expect(end.message).toBeUndefined();
  return digestsIn(layout, (await findManifest(layout, 'latest'))?.digest);
}

async function theirs(folder: string, { flags = [] }: Project) {
  const layout = `${folder}.buildx`;
  const output = `type=oci,tar=false,rewrite-timestamp=true,dest=${layout}`;
  const args = ['buildx', 'build', '--no-cache', '--provenance=false', '-o', output, ...flags, '.'];
  await promisify(execFile)('docker', args, { cwd: folder, env: envOf(theirDaemon) });
  return digestsIn(layout, (await findManifest(layout, 'latest'))?.digest);
}

describe.concurrent('an image is the same as that of docker buildx build', () => {
  test.each(projects)('$name', async (project) => {
    const folder = mkdtempSync(join(root, 'project-'));
    write(folder, project.files);
    const [own, buildx] = await Promise.all([ours(folder, project), theirs(folder, project)]);
    expect(own).toEqual(buildx);
    expect(own.layers.length).toBeGreaterThan(0);
  });

  test('a mode that is changed in between makes them differ', async () => {
    const folder = mkdtempSync(join(root, 'altered-'));
    const [project] = projects;
    if (project === undefined) throw new Error('there are no projects');
    write(folder, project.files);
    const before = await ours(folder, project);
    chmodSync(join(folder, 'etc/secret'), 0o640);
    expect((await theirs(folder, project)).layers).not.toEqual(before.layers);
    expect(readFileSync(join(folder, 'etc/secret'), 'utf8')).toBe('x');
  });
});
