/** The mounts of a RUN, resolved to stages, caches and secrets. */
import type { RunCommand } from '../instructions/command';
import type { RunMount } from '../instructions/mounts';
import { caps } from '../llb/capabilities';
import type { FileMount, SecretMount, SshMount } from '../llb/exec';
import { FileVertex } from '../llb/file';
import { newState, type State } from '../llb/state';
import { named } from '../llb/vertex';
import { basePath, cleanPath, joinPath, quote } from '../text/go';
import type { Conversion } from './conversion';
import { BuildFailure } from './failure';
import type { StageState } from './stage-state';

export type RunMounts = {
  readonly mounts: readonly FileMount[];
  readonly secrets: readonly SecretMount[];
  readonly ssh: readonly SshMount[];
};

/** @throws BuildFailure or Error with BuildKit's message. */
export function readMounts(
  conversion: Conversion,
  stage: StageState,
  command: RunCommand,
  flags: readonly RunMount[],
  sources: readonly StageState[],
): RunMounts {
  const mounts: FileMount[] = [];
  const secrets: SecretMount[] = [];
  const ssh: SshMount[] = [];
  for (const [index, flag] of flags.entries()) {
    const source = sourceOf(command, flag, sources[index], index);
    if (flag.type === 'secret') secrets.push(secretMount(stage, command, flag));
    else if (flag.type === 'ssh') ssh.push(sshMount(stage, command, flag));
    else {
      mounts.push(fileMount(conversion, stage, flag, source));
      stage.use(source, joinPath('/', flag.source));
    }
  }
  return { mounts, secrets, ssh };
}

/** The stage that a mount comes from; undefined for the build context. */
function sourceOf(
  command: RunCommand,
  flag: RunMount,
  source: StageState | undefined,
  index: number,
): StageState | undefined {
  const from = flag.from === '' && flag.type === 'cache' ? 'scratch' : flag.from;
  if (from === '' || source === undefined) return undefined;
  if (source.dispatched) return source;
  throw new BuildFailure(
    `cannot mount from stage ${quote(from)} to ${quote(flag.target)}, stage needs to be defined before current command`,
    [],
    command.node.flags.filter(({ name }) => name === 'mount')[index],
  );
}

function fileMount(
  conversion: Conversion,
  stage: StageState,
  flag: RunMount,
  source: StageState | undefined,
): FileMount {
  const { config } = conversion;
  const { type } = flag;
  let state = source?.state ?? conversion.contextState;
  if (type === 'tmpfs') state = newState();
  const target = flag.target.startsWith('/')
    ? flag.target
    : joinPath('/', stage.state.dir, flag.target);
  if (target === '/') throw new Error(`invalid mount target ${quote(target)}`);
  let selector = joinPath('/', flag.source);
  if (selector === '/') {
    const owned = flag.uid !== undefined || flag.gid !== undefined || flag.mode !== undefined;
    if (owned) state = ownedCache(state, flag);
    selector = owned ? '/cache' : '';
  }
  const id = flag.id === '' ? cleanPath(flag.target) : flag.id;
  return {
    target,
    output: state.output,
    selector,
    readonly: flag.readonly,
    noOutput:
      !flag.readonly && type === 'bind' && config.supports(caps.execMountBindReadWriteNoOutput),
    ...(type === 'cache' && {
      cache: { id: `${config.cacheNamespace}/${id}`, sharing: flag.sharing ?? 'shared' },
    }),
    ...(type === 'tmpfs' && { tmpfs: { size: flag.size } }),
  };
}

/** A cache that belongs to a user starts as a folder with that owner. */
function ownedCache(state: State, { uid = 0, gid = 0, mode = 0o755 }: RunMount): State {
  const step = {
    step: 'mkdir' as const,
    path: '/cache',
    mode,
    makeParents: false,
    owner: { user: { id: uid }, group: { id: gid } },
  };
  const info = named('[internal] setting cache mount permissions');
  return { ...state, output: new FileVertex(state, [step], info) };
}

function secretMount(stage: StageState, command: RunCommand, flag: RunMount): SecretMount {
  const given = flag.source === '' ? flag.id : flag.source;
  const id = given === '' ? basePath(flag.target) : given;
  const { secrets } = stage.outline;
  if (!secrets.has(id)) secrets.set(id, { required: flag.required, lines: command.lines });
  // A secret that is a variable is a file only where a target says so.
  const fallback = flag.env === undefined ? `/run/secrets/${basePath(id)}` : undefined;
  const target = flag.target === '' ? fallback : flag.target;
  return {
    id,
    ...ownership(flag, 0o400),
    optional: !flag.required,
    ...(target !== undefined && { target }),
    ...(flag.env !== undefined && { env: flag.env }),
  };
}

function sshMount(stage: StageState, command: RunCommand, flag: RunMount): SshMount {
  if (flag.source !== '') throw new Error('ssh does not support source');
  const shown = flag.id === '' ? 'default' : flag.id;
  const { ssh } = stage.outline;
  if (!ssh.has(shown)) ssh.set(shown, { required: flag.required, lines: command.lines });
  return {
    id: flag.id,
    ...ownership(flag, 0o600),
    optional: !flag.required,
    target: flag.target,
  };
}

function ownership(
  { uid = 0, gid = 0, mode }: RunMount,
  fallback: number,
): { uid: number; gid: number; mode: number } {
  return { uid, gid, mode: mode ?? fallback };
}
