/**
 * Stopping inside a derivation: before a phase of the generic builder (`runPhase` of Nixpkgs' stdenv).
 *
 * A step of BuildKit cannot be halted, but what a failed one has written can be looked at. So the
 * builder runs up to the phase and fails there: all that a shell needs is kept, its variables too. The
 * derivation itself, whose op is another one, runs afterwards as if nothing had been.
 */
import { setTimeout as wait } from 'node:timers/promises';
import {
  PLAN_FILE,
  PLAN_VARIABLE,
  RUNNER,
  SHELL_ENVIRONMENT,
  STATE_DIR,
} from '../../../language-server/derivation';
import { BuildkitError } from '../../../proto/client/buildkit-error';
import * as ops from '../../../proto/generated/ops';
import type { DefinitionOp } from '../../../proto/model/definition';
import { digestOf, type Digest } from '../../../proto/model/digest';
import { marshalOp } from '../../../proto/model/marshal';
import type { Step } from '../debug/steps';
import { type StepFailure, stepFailure } from '../failure/step-failure';
import type { BuildJob } from '../job/build-job';
import { sliceRequest, terminalBytes } from '../job/slice';

/** What the builder ends with where it was to stop. */
const EXIT_AT_PHASE = 103;
/** How long the log may follow behind the failure that it explains. Milliseconds. */
const LOG_LAG = 5_000;
const LOG_PAUSE = 50;

export type PhaseStop = {
  readonly phase: string;
  /** How many phases had begun by then, this one included. */
  readonly count: number;
  /** What the builder had written when it stopped. */
  readonly failure: StepFailure;
};

/** The op of a step that builds a derivation; its builder may have phases. */
export function derivationOp(step: Step | undefined): DefinitionOp | undefined {
  return step?.ops.find(({ op: { op } }) => op.kind === 'exec' && op.meta.args.includes(RUNNER));
}

/** Each try is an op of its own: BuildKit remembers how an op has failed, but not what it left. */
let tries = 0;

/**
 * Runs the builder up to the first of these phases.
 * @param phases undefined: any
 * @param after how many phases to pass first
 * @returns undefined where it comes to none: it has no phases, ends, or fails before
 */
export async function stopBeforePhase(
  job: BuildJob,
  derivation: DefinitionOp,
  phases: readonly string[] | undefined,
  after: number,
): Promise<PhaseStop | undefined> {
  const { digest } = derivation;
  const definition = job.definitionOf(digest);
  if (definition === undefined) return undefined;
  tries += 1;
  const trial = stopping(derivation, [`# ${tries}`, prelude(phases, after)].join('\n'));
  const { def, metadata, source } = sliceRequest(definition, digest);
  // The op itself stands last, before the one that ends the definition.
  const request = ops.Definition.create({
    def: [...def.slice(0, -2), trial.bytes, terminalBytes(trial.digest, 0)],
    metadata: new Map(
      [...metadata].map(([key, one]) => [key === digest ? trial.digest : key, renamed(key, one)]),
    ),
    ...(source === undefined ? {} : { source }),
  });
  function renamed(key: string, one: ops.OpMetadata): ops.OpMetadata {
    if (key !== digest) return one;
    const name = one.description.get('llb.customname') ?? 'a derivation';
    const description = new Map([['llb.customname', `[internal] ${name} up to a phase`]]);
    return { ...one, description, progressGroup: undefined };
  }
  try {
    await job.solveDefinition(request);
    return undefined;
  } catch (error) {
    if (!(error instanceof BuildkitError)) throw error;
    const failure = stepFailure(error);
    if (failure.digest !== trial.digest || failure.exitCode !== EXIT_AT_PHASE) return undefined;
    const said = await reached(job, trial.digest);
    if (said === undefined) return undefined;
    return { ...said, failure: { ...failure, digest, message: `Stopped before ${said.phase}.` } };
  }
}

/** Which phase the log says was reached. */
async function reached(
  job: BuildJob,
  digest: Digest,
): Promise<{ readonly phase: string; readonly count: number } | undefined> {
  for (let waited = 0; waited < LOG_LAG; waited += LOG_PAUSE) {
    const [, count, phase] =
      /^llb-lens: before phase (\d+) (.+?)\r?$/m.exec(job.log(digest, 0).text) ?? [];
    if (phase !== undefined) return { phase, count: Number(count) };
    await wait(LOG_PAUSE);
  }
  return undefined;
}

/** The op with shell code before its plan. */
function stopping({ op }: DefinitionOp, code: string): { bytes: Uint8Array; digest: Digest } {
  const { op: exec } = op;
  if (exec.kind !== 'exec')
    throw new Error(`a derivation is built by an exec op, not ${exec.kind}`);
  const own = `${PLAN_VARIABLE}=`;
  const given = exec.meta.env.find((each) => each.startsWith(own))?.slice(own.length);
  const plan = `${own}${code}\n${given ?? `. ${PLAN_FILE}`}`;
  const env = [...exec.meta.env.filter((each) => !each.startsWith(own)), plan];
  // In the order of BuildKit, which else names the op by another digest.
  const bytes = marshalOp({ ...op, op: { ...exec, meta: { ...exec.meta, env } } });
  return { bytes, digest: digestOf(bytes) };
}

/**
 * Has bash, which reads `BASH_ENV` before anything else, look at each command for the one with which
 * the generic builder begins a phase: its `eval` in `runPhase`, or in `genericBuild` before 2022.
 */
function prelude(phases: readonly string[] | undefined, after: number): string {
  const wanted = phases === undefined ? '' : ` ${phases.filter(isShellWord).join(' ')} `;
  return `bb cat >${STATE_DIR}/phases <<'LLB_LENS_END'
unset BASH_ENV
set -o functrace
__llblens_count=0
__llblens_wanted='${wanted}'
__llblens_before() {
  case "\${FUNCNAME[1]-}:$BASH_COMMAND" in runPhase:eval* | genericBuild:eval*) ;; *) return 0 ;; esac
  __llblens_count=$((__llblens_count + 1))
  [ "$__llblens_count" -gt ${after} ] || return 0
  case "$__llblens_wanted" in '' | *" $curPhase "*) ;; *) return 0 ;; esac
  trap - DEBUG EXIT
  { (set -o posix; export -p); printf 'cd %q\\n' "$PWD"; } >${SHELL_ENVIRONMENT}
  echo "llb-lens: before phase $__llblens_count $curPhase" >&2
  exit ${EXIT_AT_PHASE}
}
trap __llblens_before DEBUG
LLB_LENS_END
export BASH_ENV=${STATE_DIR}/phases`;
}

/** A phase is a function or a variable of the shell. */
function isShellWord(name: string): boolean {
  return /^[A-Za-z_][\w.-]*$/.test(name);
}
