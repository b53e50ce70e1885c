/**
 * A place in a build where files, variables and shells are looked at: a statement before it runs,
 * after it, or in its failure.
 */
import type { DefinitionOp } from '../../../proto/model/definition';
import type { OpInput } from '../../../proto/model/op';
import { NONE } from '../../../proto/model/op';
import type { BuildInput, StatementContext } from '../input/build-input';
import type { TrackStatement } from './program';
import type { StepFailure } from '../failure/step-failure';
import type { Moment } from './walk';

export type Site = {
  readonly statement: TrackStatement;
  readonly moment: Moment;
  /** Set in a failure. */
  readonly failure?: StepFailure | undefined;
};

/** The op that a site is about: the failed one, else the last command, else the last op. */
export function opOf({ statement: { step }, failure }: Site): DefinitionOp | undefined {
  const ops = step?.ops ?? [];
  return (
    ops.find(({ digest }) => digest === failure?.digest) ??
    ops.findLast((one) => one.op.op.kind === 'exec') ??
    ops.at(-1)
  );
}

/** The file system that a site stands in; undefined where there is none yet. */
export function rootOf(site: Site): OpInput | undefined {
  const { statement, moment } = site;
  const entry = opOf(site);
  if (entry === undefined) return below(statement);
  if (moment === 'after') return { digest: entry.digest, index: rootOutput(entry) };
  const input = baseInput(entry);
  return input === undefined ? undefined : entry.op.inputs[input];
}

/** What the statements above one have left, through the track that this one goes on from. */
function below(statement: TrackStatement): OpInput | undefined {
  for (const one of statement.track.statements.slice(0, statement.index).toReversed()) {
    const entry = one.step?.ops.at(-1);
    if (entry !== undefined) return { digest: entry.digest, index: rootOutput(entry) };
  }
  const [base] = statement.track.statements[0]?.needs ?? [];
  return base === undefined ? undefined : rootOf({ statement: base, moment: 'after' });
}

/** The input that an op builds on; undefined for scratch. */
export function baseInput({ op: { op, inputs } }: DefinitionOp): number | undefined {
  const real = (at: number | undefined) =>
    at !== undefined && at >= 0 && at < inputs.length ? at : undefined;
  if (op.kind === 'exec') return real(op.mounts.find(({ dest }) => dest === '/')?.input);
  if (op.kind === 'file') {
    // Actions may build on each other; the first one that names a real input is the base.
    return op.actions.map((action) => real(action.input)).find((at) => at !== undefined);
  }
  if (op.kind === 'merge') return real(op.inputs[0]);
  return op.kind === 'diff' ? real(op.upper) : undefined;
}

function rootOutput({ op: { op } }: DefinitionOp): number {
  if (op.kind !== 'exec') return 0;
  const output = op.mounts.find(({ dest }) => dest === '/')?.output ?? 0;
  return output === NONE ? 0 : output;
}

/** Variables, folder, user and config at a site. */
export async function contextOf(
  input: BuildInput,
  { statement, moment }: Site,
): Promise<StatementContext | undefined> {
  const line = moment === 'after' ? statement.lastLine : statement.firstLine - 1;
  const context = await input.contextAt(line);
  if (context !== undefined) return context;
  const command = statement.step?.ops.map(({ op }) => op.op).findLast((op) => op.kind === 'exec');
  return command === undefined ? undefined : { command, config: undefined };
}

/** The variables of a site as the build's own words see them: arguments too. */
export async function variablesAt(
  input: BuildInput,
  site: Site,
): Promise<ReadonlyMap<string, string>> {
  const variables = new Map<string, string>();
  for (const { name, value } of await input.arguments()) {
    if (value !== undefined) variables.set(name, value);
  }
  for (const entry of (await contextOf(input, site))?.command.meta.env ?? []) {
    const [name, value] = splitVariable(entry);
    variables.set(name, value);
  }
  return variables;
}

/** `NAME=value` in two. */
export function splitVariable(entry: string): readonly [name: string, value: string] {
  const at = entry.indexOf('=');
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
}
