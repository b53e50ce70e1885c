// The base images of the tests: ordinary names, holding busybox and little else.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { succeed } from './command';
import { pushImage, type ImageConfig } from './oci-image';
import type { TarEntry } from './tar';

interface BaseImage {
  readonly repository: string;
  readonly tags: readonly string[];
  readonly osRelease: string;
  /** Whether `/bin/bash` is there, as it is in the real image. */
  readonly bash: boolean;
  readonly config: ImageConfig;
}

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Docker Hub's names. Configurations follow the real images as far as builds can see them. */
const images: readonly BaseImage[] = [
  {
    repository: 'library/alpine',
    tags: ['latest', '3', '3.19', '3.20', '3.21', '3.22'],
    osRelease: 'ID=alpine\nPRETTY_NAME="Alpine-like test image"\n',
    bash: false,
    config: { Env: [path], Cmd: ['/bin/sh'], WorkingDir: '/' },
  },
  {
    repository: 'library/debian',
    tags: ['latest', '12', '12-slim', 'bookworm', 'bookworm-slim', '13', 'trixie', 'trixie-slim'],
    osRelease: 'ID=debian\nPRETTY_NAME="Debian-like test image"\n',
    bash: true,
    config: { Env: [path], Cmd: ['bash'] },
  },
  {
    repository: 'library/ubuntu',
    tags: ['latest', '22.04', '24.04'],
    osRelease: 'ID=ubuntu\nPRETTY_NAME="Ubuntu-like test image"\n',
    bash: true,
    config: { Env: [path], Cmd: ['/bin/bash'] },
  },
  {
    repository: 'library/busybox',
    tags: ['latest', '1', '1.36', '1.37', 'musl'],
    osRelease: 'ID=busybox\nPRETTY_NAME="BusyBox test image"\n',
    bash: false,
    config: { Env: [path], Cmd: ['sh'] },
  },
  {
    // Every field of a configuration that a Dockerfile inherits, for tests of inheritance.
    repository: 'llb-lens/inherited',
    tags: ['latest'],
    osRelease: 'ID=inherited\n',
    bash: true,
    config: {
      Env: [path, 'BASE=from-base', 'EMPTY='],
      Entrypoint: ['/bin/sh', '-c'],
      Cmd: ['echo base'],
      WorkingDir: '/srv/app',
      User: 'app',
      Labels: { 'org.example.base': 'yes' },
      ExposedPorts: { '8080/tcp': {} },
      Volumes: { '/data': {} },
      StopSignal: 'SIGINT',
    },
  },
  {
    repository: 'llb-lens/onbuild',
    tags: ['latest'],
    osRelease: 'ID=onbuild\n',
    bash: false,
    config: {
      Env: [path],
      Cmd: ['sh'],
      OnBuild: ['ENV TRIGGERED=1', 'RUN echo "$TRIGGERED" > /triggered'],
    },
  },
];

/**
 * Fills the registry from the programs of the private root.
 * @param root the private root's folder
 * @returns image names as one writes them after FROM, each with the digest of its index
 */
export async function pushBaseImages(
  registry: string,
  root: string,
): Promise<Record<string, string>> {
  const programs = await programLayer(root);
  const bash: TarEntry[] = [
    {
      type: 'file',
      path: 'bin/bash',
      content: readFileSync(join(root, 'usr/bin/bash-static')),
      mode: 0o755,
    },
  ];
  const digests: Record<string, string> = {};
  for (const image of images) {
    const identity = identityLayer(image.osRelease);
    const digest = await pushImage(registry, image.repository, image.tags, [
      {
        architecture: ociArchitectures[process.arch] ?? process.arch,
        layers: image.bash ? [programs, bash, identity] : [programs, identity],
        config: image.config,
      },
      // A second platform with files but no programs: enough to resolve, to copy from, and to choose.
      foreignPlatform(identity, image.config),
    ]);
    const name = image.repository.replace(/^library\//, '');
    for (const tag of image.tags) digests[`${name}:${tag}`] = digest;
  }
  return digests;
}

/** Node's names of processors to those of OCI images. */
const ociArchitectures: Partial<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

function foreignPlatform(identity: readonly TarEntry[], config: ImageConfig) {
  return process.arch === 'arm64'
    ? { architecture: 'amd64', layers: [identity], config }
    : { architecture: 'arm64', variant: 'v8', layers: [identity], config };
}

/** BusyBox and a link for each of its programs. */
async function programLayer(root: string): Promise<TarEntry[]> {
  const busybox = join(root, 'usr/bin/busybox');
  const programs = (await succeed([busybox, '--list-full'])).trim().split('\n');
  const folders = ['bin', 'sbin', 'usr', 'usr/bin', 'usr/sbin'];
  return [
    ...folders.map((folder) => ({ type: 'folder', path: folder }) as const),
    { type: 'file', path: 'bin/busybox', content: readFileSync(busybox), mode: 0o755 },
    ...programs
      .filter(
        (program) =>
          program !== 'bin/busybox' && folders.includes(program.slice(0, program.lastIndexOf('/'))),
      )
      .map((program) => ({ type: 'link', path: program, target: '/bin/busybox' }) as const),
  ];
}

function identityLayer(osRelease: string): TarEntry[] {
  return [
    { type: 'folder', path: 'etc' },
    { type: 'file', path: 'etc/os-release', content: osRelease },
    {
      type: 'file',
      path: 'etc/passwd',
      content:
        'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\napp:x:1000:1000:app:/home/app:/bin/sh\n',
    },
    { type: 'file', path: 'etc/group', content: 'root:x:0:\nnogroup:x:65534:\napp:x:1000:\n' },
    { type: 'folder', path: 'root', mode: 0o700 },
    { type: 'folder', path: 'home' },
    { type: 'folder', path: 'home/app', owner: 1000 },
    { type: 'folder', path: 'tmp', mode: 0o1777 },
    { type: 'folder', path: 'var' },
    { type: 'folder', path: 'var/tmp', mode: 0o1777 },
  ];
}
