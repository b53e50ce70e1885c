/**
 * Where a shell is opened: a container with the files, mounts and command context of one site.
 *
 * BuildKit keeps what a failed step had written: its error names a result for each mount of the op.
 * Before and after a step the same mounts are made from the results of its inputs or its outputs.
 */
import * as ops from '../../../proto/generated/ops';
import { isMissingFile } from '../../../proto/client/buildkit-error';
import { type ExecOp, NONE } from '../../../proto/model/op';
import { platformToPb } from '../../../proto/model/unmarshal';
import type { Init } from '../../../proto/wire/message';
import { BuildFailure, type BuildInput } from '../input/build-input';
import type { BuildJob } from '../job/build-job';
import { baseInput, contextOf, opOf, rootOf, type Site } from '../debug/site';
import type { Toolbox } from './toolbox';

/** Everything a container and its first process need. */
export type ShellPlace = {
  readonly mounts: readonly Init<ops.Mount>[];
  readonly platform: ops.Platform | undefined;
  readonly network: number;
  readonly security: number;
  readonly hostname: string;
  readonly extraHosts: readonly ops.HostIP[];
  readonly secretEnv: readonly ops.SecretEnv[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: string;
  /** The shell that the step itself uses, else `/bin/sh`; else one from the toolbox. */
  readonly shell: readonly string[];
};

/**
 * The place of a shell at a site. Where the image has no shell of its own (it is empty or holds a
 * program only), one is mounted beside it from `toolbox`.
 * @throws BuildFailure when there is no shell to run
 * @throws BuildkitError when an input of the step cannot be made
 */
export async function shellPlace(
  job: BuildJob,
  input: BuildInput,
  site: Site,
  toolbox?: Toolbox,
): Promise<ShellPlace> {
  const entry = opOf(site);
  const exec = entry?.op.op.kind === 'exec' ? ops.Op.decode(entry.bytes).exec : undefined;
  const own = entry?.op.op.kind === 'exec' ? entry.op.op : undefined;
  // A command says where it runs; for other steps the text above has to be compiled.
  const command = own ?? (await contextOf(input, site))?.command;
  const place = command === undefined ? plainContext : contextFrom(command, exec);
  const platform = entry?.op.platform === undefined ? undefined : platformToPb(entry.op.platform);
  const [mounts, isThere] = await Promise.all([
    mountsAt(job, site),
    hasShell(job, site, place.shell[0]),
  ]);
  const whole: ShellPlace = { ...place, mounts, platform };
  if (isThere) return whole;
  if (toolbox === undefined) throw noShell();
  const { mounts: tools, shell, folder } = await toolbox.open(job, platform);
  return { ...whole, mounts: [...mounts, ...tools], shell, env: withFolder(place.env, folder) };
}

type Context = Omit<ShellPlace, 'mounts' | 'platform'>;

const plainContext: Context = {
  network: ops.NetMode.UNSET,
  security: ops.SecurityMode.SANDBOX,
  hostname: '',
  extraHosts: [],
  secretEnv: [],
  env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  cwd: '/',
  user: '',
  shell: ['/bin/sh'],
};

const networks = { unset: ops.NetMode.UNSET, host: ops.NetMode.HOST, none: ops.NetMode.NONE };

function contextFrom(op: ExecOp, exec: ops.ExecOp | undefined): Context {
  return {
    network: exec?.network ?? networks[op.network],
    security: exec?.security ?? ops.SecurityMode.SANDBOX,
    hostname: op.meta.hostname,
    extraHosts: op.meta.extraHosts.map(({ host, ip }) => ({ host, ip })),
    secretEnv: exec?.secretenv ?? [],
    env: op.meta.env,
    cwd: op.meta.cwd === '' ? '/' : op.meta.cwd,
    user: op.meta.user,
    shell: [shellOf(op.meta.args)],
  };
}

/** `/bin/bash -o pipefail -c …` runs in /bin/bash; an exec-form command says nothing of a shell. */
function shellOf(args: readonly string[]): string {
  const [program] = args;
  const isShell = program !== undefined && /(^|\/)(ba|da|a|z|k|fi)?sh$/.test(program);
  return isShell && args.some((arg) => /^-[a-z]*c$/.test(arg)) ? program : '/bin/sh';
}

/** A mount of a site; `resultId` names its content where there is one to read. */
export type SiteMount = Init<ops.Mount> & { readonly dest: string };

/**
 * The mounts of a site, the root first.
 * @throws BuildkitError when an input of the step cannot be made
 */
export async function mountsAt(job: BuildJob, site: Site): Promise<readonly SiteMount[]> {
  const entry = opOf(site);
  const exec = entry?.op.op.kind === 'exec' ? ops.Op.decode(entry.bytes).exec : undefined;
  if (entry === undefined || exec === undefined) return [await rootMount(job, site)];
  const mounts = await Promise.all(
    exec.mounts.map(async (mount, index) => {
      const resultId = await mountResult(job, site, index);
      return { ...mount, ...(resultId === undefined ? {} : { resultId }) };
    }),
  );
  return mounts.sort((a, b) => Number(b.dest === '/') - Number(a.dest === '/'));
}

/** The root of a statement that is no command: what it changes, or what it made. */
async function rootMount(job: BuildJob, site: Site): Promise<SiteMount> {
  const entry = opOf(site);
  // Nothing exists before an image is there; its own content is what is asked for.
  const isSource = entry?.op.op.kind === 'source';
  const root = isSource ? { digest: entry.digest, index: 0 } : rootOf(site);
  const failed = entry === undefined ? undefined : baseInput(entry);
  const known = failed === undefined ? undefined : site.failure?.inputIds[failed];
  if (known !== undefined && known !== '') return { dest: '/', resultId: known };
  if (root === undefined) return { dest: '/' };
  const resultId = await job.solve(root.digest, root.index);
  return resultId === '' ? { dest: '/' } : { dest: '/', resultId };
}

async function mountResult(job: BuildJob, site: Site, index: number): Promise<string | undefined> {
  const entry = opOf(site);
  const mount = entry?.op.op.kind === 'exec' ? entry.op.op.mounts[index] : undefined;
  if (entry === undefined || mount === undefined) return undefined;
  // A new cache is a copy of its input, which says whose it is; without one its folder is not there.
  const isCopied = mount.type === 'cache' && mount.input !== NONE;
  // Other caches, secrets, ssh and tmpfs mounts are made anew from their own options.
  if (mount.type !== 'bind' && !isCopied) return undefined;
  const known = site.failure?.mountIds[index];
  if (known !== undefined && known !== '') return known;
  if (site.moment === 'after' && mount.output !== NONE && !isCopied) {
    return job.solve(entry.digest, mount.output);
  }
  const input = entry.op.inputs[mount.input];
  return input === undefined ? undefined : job.solve(input.digest, input.index);
}

/**
 * Whether the shell is in the root. What a failed step left cannot be read, but what it started
 * from can, and steps hardly ever remove the shell that runs them.
 */
async function hasShell(job: BuildJob, site: Site, shell = ''): Promise<boolean> {
  const [root] = await mountsAt(job, { statement: site.statement, moment: settled(site) });
  if (root?.resultId === undefined || root.resultId === '') return false;
  return exists(job, root.resultId, shell);
}

function settled({ moment }: Site): 'before' | 'after' {
  return moment === 'after' ? 'after' : 'before';
}

/** Whether a path is in a result, through links too. @throws BuildkitError when it cannot be told */
async function exists(job: BuildJob, ref: string, path: string): Promise<boolean> {
  try {
    await job.gateway.statFile({ ref, path });
    return true;
  } catch (error) {
    if (isMissingFile(error)) return false;
    throw error;
  }
}

function withFolder(env: readonly string[], folder: string): readonly string[] {
  const has = env.some((one) => one.startsWith('PATH='));
  return has
    ? env.map((one) => (one.startsWith('PATH=') ? `${one}:${folder}` : one))
    : [...env, `PATH=${folder}`];
}

function noShell(): BuildFailure {
  return new BuildFailure(
    'There is no shell in this image. Name an image with tools, or a folder with a static busybox, ' +
      'in "tools" or "toolsFolder".',
  );
}
