/**
 * Where a shell is opened: a container with the files, mounts and command context of one step, as
 * it is before the step runs, after it, or in the very moment of its failure.
 *
 * BuildKit keeps what a failed step had written: its error names a result for each mount of the op.
 * Before and after a step the same mounts are made from the results of its inputs or its outputs.
 */
import * as ops from '../../proto/generated/ops';
import type { Init } from '../../proto/wire/message';
import { parseDigest } from '../../proto/model/digest';
import type { DefinitionOp } from '../../proto/model/definition';
import { type ExecOp, NONE } from '../../proto/model/op';
import { platformToPb } from '../../proto/model/unmarshal';
import { BuildFailure, type BuildInput } from './build-input';
import type { BuildJob } from './build-job';
import type { StepFailure } from './step-failure';
import type { Step } from './steps';

export type ShellMoment =
  | { readonly at: 'before' }
  | { readonly at: 'after' }
  | { readonly at: 'failure'; readonly failure: StepFailure };

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
  /** The shell that the step itself uses, else `/bin/sh`. */
  readonly shell: string;
};

/**
 * The place of a shell in a step.
 * @throws BuildFailure when there is no root file system to enter
 * @throws BuildkitError when an input of the step cannot be made
 */
export async function shellPlace(
  job: BuildJob,
  input: BuildInput,
  step: Step,
  moment: ShellMoment,
): Promise<ShellPlace> {
  const entry = opFor(step, moment);
  const exec = ops.Op.decode(entry.bytes).exec;
  const platform = entry.op.platform === undefined ? undefined : platformToPb(entry.op.platform);
  const op = entry.op.op;
  if (exec !== undefined && op.kind === 'exec') {
    const mounts = await Promise.all(
      exec.mounts.map(async (mount, index) => {
        const result = await mountResult(job, entry, op, index, moment);
        return {
          ...mount,
          ...(result === undefined ? {} : { resultId: result }),
        };
      }),
    );
    const root = mounts.find((mount) => mount.dest === '/');
    if (root?.resultId === undefined || root.resultId === '') throw emptyRoot();
    return { ...contextOf(op, exec), mounts, platform };
  }
  const [root, command] = await Promise.all([
    rootResult(job, entry, moment),
    input.commandAt(step),
  ]);
  const mounts = [{ dest: '/', resultId: root }];
  const context = command === undefined ? plainContext : contextOf(command, undefined);
  return { ...context, mounts, platform };
}

/** The op of the step that a shell is about: the failed one, else its last command, else its last op. */
function opFor(step: Step, moment: ShellMoment): DefinitionOp {
  const failed =
    moment.at === 'failure'
      ? step.ops.find((one) => one.digest === moment.failure.digest)
      : undefined;
  const chosen = failed ?? step.ops.findLast((one) => one.op.op.kind === 'exec') ?? step.ops.at(-1);
  if (chosen === undefined) throw new Error('a step without ops');
  return chosen;
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
  shell: '/bin/sh',
};

const networks = { unset: ops.NetMode.UNSET, host: ops.NetMode.HOST, none: ops.NetMode.NONE };

function contextOf(op: ExecOp, exec: ops.ExecOp | undefined): Context {
  return {
    network: exec?.network ?? networks[op.network],
    security: exec?.security ?? ops.SecurityMode.SANDBOX,
    hostname: op.meta.hostname,
    extraHosts: op.meta.extraHosts.map(({ host, ip }) => ({ host, ip })),
    secretEnv: exec?.secretenv ?? [],
    env: op.meta.env,
    cwd: op.meta.cwd === '' ? '/' : op.meta.cwd,
    user: op.meta.user,
    shell: shellOf(op.meta.args),
  };
}

/** `/bin/bash -o pipefail -c …` runs in /bin/bash; an exec-form command says nothing of a shell. */
function shellOf(args: readonly string[]): string {
  const [program] = args;
  const isShell = program !== undefined && /(^|\/)(ba|da|a|z|k|fi)?sh$/.test(program);
  return isShell && args.some((arg) => /^-[a-z]*c$/.test(arg)) ? program : plainContext.shell;
}

async function mountResult(
  job: BuildJob,
  entry: DefinitionOp,
  op: ExecOp,
  index: number,
  moment: ShellMoment,
): Promise<string | undefined> {
  const mount = op.mounts[index];
  // Cache, secret, ssh and tmpfs mounts are made anew from their own options.
  if (mount?.type !== 'bind') return undefined;
  if (moment.at === 'failure') {
    const known = moment.failure.mountIds[index];
    if (known !== undefined && known !== '') return known;
  }
  if (moment.at === 'after' && mount.output !== NONE) return job.solve(entry.digest, mount.output);
  const input = entry.op.inputs[mount.input];
  return input === undefined ? undefined : job.solve(input.digest, input.index);
}

/** The root file system of a step that is no command: what it changes, or what it made. */
async function rootResult(
  job: BuildJob,
  entry: DefinitionOp,
  moment: ShellMoment,
): Promise<string> {
  const { kind } = entry.op.op;
  // Nothing exists before an image is there; its own content is what is asked for.
  if (moment.at === 'after' || kind === 'source') return job.solve(entry.digest, 0);
  const base = baseInput(entry);
  const input = base === undefined ? undefined : entry.op.inputs[base];
  const digest = input === undefined ? undefined : parseDigest(input.digest);
  if (input === undefined || digest === undefined) throw emptyRoot();
  return job.solve(digest, input.index);
}

/** The input that a file, merge or diff op builds on; undefined for scratch. */
function baseInput({ op: { op, inputs } }: DefinitionOp): number | undefined {
  if (op.kind === 'file') {
    // Actions may build on each other; the first one that names a real input is the base.
    return op.actions.map((action) => action.input).find((at) => at >= 0 && at < inputs.length);
  }
  if (op.kind === 'merge') return op.inputs[0];
  if (op.kind === 'diff') return op.upper === NONE ? undefined : op.upper;
  return undefined;
}

function emptyRoot(): BuildFailure {
  return new BuildFailure(
    'This step starts from an empty file system (FROM scratch), so there is no shell in it to run.',
  );
}
