/**
 * The parts of the sandbox that all derivations of one platform share: the root file system that
 * Nix's sandbox shows, an empty store, and the runner with its busybox.
 */
import type { Digest } from '../../../proto/model/digest';
import { NONE, type Op, type Owner, type Platform } from '../../../proto/model/op';
import { BUILD_DIR } from './environment';
import type { DefinitionBuilder } from '../compile/definition-builder';
import {
  copyPath,
  fileOp,
  makeDirectory,
  makeDirectoryOfMode,
  makeFile,
} from '../compile/file-ops';
import { LOCAL_CAPS, localSource } from '../compile/local-source';
import { BUILTINS_SCRIPT } from '../runner/builtins';
import { LIBRARY_SCRIPT } from '../runner/library';
import { SUBSTITUTE_SCRIPT } from '../runner/substitute-script';
import { REPORTER_SCRIPT } from '../runner/report-script';
import { RUNNER_SCRIPT, SHELL_STARTUP, SHELL_STARTUP_SCRIPT } from '../runner/runner';
import {
  BUSYBOX,
  LIBRARY,
  REPORTER,
  RUNNER,
  STATE_DIR,
  SUBSTITUTER,
  TOOLS_DIR,
} from '../runner/tools';
import { TOOLS_DIGEST, TOOLS_TAG } from './tools-image';

/** Nix's build user inside the sandbox. */
export const BUILD_USER = '1000:100';
const OWNER: Owner = { user: { by: 'id', id: 1000 }, group: { by: 'id', id: 100 } };
/** The store is root's; builders may add to it, as members of its group. */
const STORE_OWNER: Owner = { user: { by: 'id', id: 0 }, group: { by: 'id', id: 100 } };

/**
 * The image that gives the sandbox its `/bin/sh` and the runner its tools. It must hold a statically
 * linked busybox (1.33 or newer, for `exec -a`) at `/bin/busybox`; the musl variant is static.
 */
export const SHELL_IMAGE: ShellImage = { ref: TOOLS_TAG, digest: TOOLS_DIGEST };

export type ShellImage = {
  /** A full reference without a digest. */
  readonly ref: string;
  /** The digest of its manifest or index; without one the image's tag decides at build time. */
  readonly digest?: string;
  /** Where in it the sandbox's `/bin/sh` is, which must be linked statically; default: busybox. */
  readonly shell?: string;
};

/** The session's folder of tools, where the user has one in place of an image. */
export const TOOLS_NAME = 'llb-lens-tools';

/** A folder of the session that holds `busybox` and, if need be, another `sh`. */
export type ToolsFolder = { readonly files: readonly string[] };

/** Where the tools come from, and where in that they are. */
type ToolsSource = {
  readonly op: Op;
  readonly name: string;
  readonly caps: readonly string[];
  readonly busybox: string;
  readonly shell: string;
};

function toolsSource(
  tools: ShellImage | ToolsFolder,
  platform: Platform,
  sessionId: string | undefined,
): ToolsSource {
  if ('files' in tools) {
    const { files } = tools;
    return {
      op: localSource({ name: TOOLS_NAME, includePatterns: files }, sessionId),
      name: '[internal] load the tools',
      caps: LOCAL_CAPS,
      busybox: '/busybox',
      shell: files.includes('sh') ? '/sh' : '/busybox',
    };
  }
  const { ref, digest, shell = '/bin/busybox' } = tools;
  const reference = digest === undefined ? ref : `${ref}@${digest}`;
  return {
    op: {
      inputs: [],
      platform,
      op: { kind: 'source', identifier: `docker-image://${reference}`, attrs: {} },
    },
    name: `[internal] load shell ${ref}`,
    caps: ['source.image'],
    busybox: '/bin/busybox',
    shell,
  };
}

export type Skeleton = {
  /** What the sandbox shows, and the runner with its busybox. */
  readonly root: Digest;
  /** Holds only the last part of the store directory, writable for the build user. */
  readonly store: Digest;
  /** Every op of the skeleton. */
  readonly all: readonly Digest[];
};

// The files as Nix 2.34 writes them.
const PASSWD =
  'root:x:0:0:Nix build user:/build:/noshell\n' +
  'nixbld:x:1000:100:Nix build user:/build:/noshell\n' +
  'nobody:x:65534:65534:Nobody:/:/noshell\n';
const GROUP = 'root:x:0:\nnixbld:!:100:\nnogroup:x:65534:\n';
const HOSTS = '127.0.0.1 localhost\n::1 localhost\n';

/** The files of the tools besides busybox; all of them are root's, so that no builder can change them. */
const SCRIPTS: readonly (readonly [path: string, text: string])[] = [
  [RUNNER, RUNNER_SCRIPT],
  [LIBRARY, LIBRARY_SCRIPT],
  [`${TOOLS_DIR}/builtins.sh`, BUILTINS_SCRIPT],
  [REPORTER, REPORTER_SCRIPT],
  [SUBSTITUTER, SUBSTITUTE_SCRIPT],
  [SHELL_STARTUP, SHELL_STARTUP_SCRIPT],
];

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Adds the shared ops. Ownership is given instead of mode bits: dockerd cuts modes by its umask. */
export function addSkeleton(
  builder: DefinitionBuilder,
  platform: Platform,
  shell: ShellImage | ToolsFolder,
  storeName: string,
  sessionId?: string,
): Skeleton {
  const source = toolsSource(shell, platform, sessionId);
  const image = builder.add(source.op, { name: source.name, caps: source.caps });
  const busybox = [{ digest: image, index: 0 }];
  const root = builder.add(
    {
      inputs: busybox,
      op: fileOp(NONE, 1, [
        makeDirectory('/bin', 0o755),
        copyPath(0, source.shell, '/bin/sh'),
        makeDirectory('/etc', 0o555),
        makeFile('/etc/passwd', 0o644, encode(PASSWD)),
        makeFile('/etc/group', 0o644, encode(GROUP)),
        makeFile('/etc/hosts', 0o644, encode(HOSTS)),
        ...makeDirectoryOfMode('/tmp', 0o1777),
        makeDirectory(BUILD_DIR, 0o700, OWNER),
        makeDirectory(STATE_DIR, 0o700, OWNER),
        // In the root itself: a mount more would cost every build a millisecond.
        makeDirectory(TOOLS_DIR, 0o755),
        copyPath(0, source.busybox, BUSYBOX),
        ...SCRIPTS.map(([path, text]) => makeFile(path, 0o444, encode(text))),
      ]),
    },
    { name: '[internal] make the sandbox', caps: ['file.base'] },
  );
  const store = builder.add(
    {
      inputs: [],
      op: fileOp(NONE, 0, makeDirectoryOfMode(`/${storeName}`, 0o1775, STORE_OWNER)),
    },
    { name: '[internal] make an empty store', caps: ['file.base'] },
  );
  return { root, store, all: [image, root, store] };
}

/** What Nix lets a builder that may use the network know of it, besides what BuildKit mounts. */
const NAME_SERVICES = 'hosts: files dns\nservices: files\n';

/**
 * Files of the user's machine that Nix shows such builders, where it has them: names of services, and
 * the authorities that connections are checked by. They come as secrets, since those count for no cache:
 * what is downloaded is held to its hash, whoever vouched for the server.
 */
export const HOST_FILES = {
  services: { id: 'llb-lens.services', path: '/etc/services' },
  authorities: { id: 'llb-lens.authorities', path: '/etc/ssl/certs/ca-certificates.crt' },
} as const;

/** A root with the files that only builders find that may use the network. */
export function addNetworkFiles(builder: DefinitionBuilder, root: Digest): Digest {
  return builder.add(
    {
      inputs: [{ digest: root, index: 0 }],
      op: fileOp(0, 1, [makeFile('/etc/nsswitch.conf', 0o644, encode(NAME_SERVICES))]),
    },
    { name: '[internal] make the sandbox with a network', caps: ['file.base'] },
  );
}

/** A root with further files under the build directory, owned by the builder. */
export function addFiles(
  builder: DefinitionBuilder,
  root: Digest,
  files: readonly { readonly path: string; readonly contents: Uint8Array }[],
  name: string,
): Digest {
  if (files.length === 0) return root;
  return builder.add(
    {
      inputs: [{ digest: root, index: 0 }],
      op: fileOp(
        0,
        1,
        files.map((file) => makeFile(file.path, 0o644, file.contents, OWNER)),
      ),
    },
    { name, caps: ['file.base'] },
  );
}
