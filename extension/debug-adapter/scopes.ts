/**
 * What a stop shows as variables: the step itself, its environment, the build's arguments.
 *
 * A variables reference names a frame and one of its scopes, so nothing has to be remembered: the
 * numbers stay right for as long as the steps do.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { BuildGraph, NodeStatus } from '../../proto/model/build-graph';
import type { ExecOp } from '../../proto/model/op';
import type { StepFailure } from '../engine/step-failure';
import type { BuildArgument, BuildInput } from '../engine/build-input';
import type { Step } from '../engine/steps';

/** What the scopes of a frame are made from. */
export type FrameFacts = {
  readonly step: Step;
  readonly input: BuildInput;
  readonly graph: BuildGraph;
  /** Set for the step that failed. */
  readonly failure: StepFailure | undefined;
};

type Row = readonly [name: string, value: string];

type Scope = {
  readonly name: string;
  readonly rows: (facts: FrameFacts) => Promise<readonly Row[]>;
};

const scopes: readonly Scope[] = [
  { name: 'Step', rows: stepRows },
  { name: 'Environment', rows: environmentRows },
  {
    name: 'Arguments',
    rows: async ({ input }) => (await input.arguments()).map(argumentRow),
  },
];

/** References are `frame × this + scope + 1`; 0 would mean "no children". */
const scopesPerFrame = 8;

export function scopesOfFrame(frameId: number): DebugProtocol.Scope[] {
  return scopes.map(({ name }, index) => ({
    name,
    variablesReference: frameId * scopesPerFrame + index + 1,
    expensive: false,
  }));
}

/** The frame that a variables reference belongs to. */
export function frameOfReference(reference: number): number {
  return Math.floor((reference - 1) / scopesPerFrame);
}

export async function variablesOf(
  reference: number,
  facts: FrameFacts,
): Promise<DebugProtocol.Variable[]> {
  const scope = scopes[(reference - 1) % scopesPerFrame];
  const rows = (await scope?.rows(facts)) ?? [];
  return rows.map(([name, value]) => ({ name, value, variablesReference: 0 }));
}

/** `NAME`, `$NAME` or `${NAME}` as the step's commands would see it, else as a build argument. */
export async function lookUp(expression: string, facts: FrameFacts): Promise<string | undefined> {
  const name = /^\s*\$?\{?([A-Za-z_][A-Za-z0-9_]*)\}?\s*$/.exec(expression)?.[1];
  if (name === undefined) return undefined;
  const find = (rows: readonly Row[]) => rows.find((row) => row[0] === name)?.[1];
  return (
    find(await environmentRows(facts)) ?? find((await facts.input.arguments()).map(argumentRow))
  );
}

function argumentRow({ name, value }: BuildArgument): Row {
  return [name, value ?? '(not set)'];
}

async function commandOf({ step, input }: FrameFacts): Promise<ExecOp | undefined> {
  const own = step.ops.map((one) => one.op.op).findLast((op) => op.kind === 'exec');
  return own ?? input.commandAt(step);
}

async function environmentRows(facts: FrameFacts): Promise<readonly Row[]> {
  const command = await commandOf(facts);
  return (command?.meta.env ?? []).map((entry): Row => {
    const at = entry.indexOf('=');
    return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
  });
}

async function stepRows(facts: FrameFacts): Promise<readonly Row[]> {
  const { step, graph, failure } = facts;
  const node = graph.nodes.find((one) => one.digest === step.digest);
  const status = node === undefined ? undefined : graph.status[node.id];
  const command = await commandOf(facts);
  const rows: (Row | undefined)[] = [
    ['Name', step.name],
    ['State', stateText(status)],
    failure === undefined ? undefined : ['Error', failure.message],
    failure?.exitCode === undefined ? undefined : ['Exit code', String(failure.exitCode)],
    command === undefined ? undefined : ['Working directory', command.meta.cwd],
    command === undefined
      ? undefined
      : ['User', command.meta.user === '' ? 'root' : command.meta.user],
    node?.platform === undefined ? undefined : ['Platform', node.platform],
    ['Digest', step.digest],
    // The environment has a scope of its own.
    ...(node?.details ?? [])
      .filter(({ label }) => label !== 'Environment')
      .map(({ label, value }): Row => [label, value]),
  ];
  const seen = new Set<string>();
  return rows
    .filter((row) => row !== undefined)
    .filter(([name]) => !seen.has(name) && seen.add(name).size > 0);
}

function stateText(status: NodeStatus | undefined): string {
  if (status === undefined) return 'not run yet';
  const { state, started, completed } = status;
  if (state === 'unknown' || state === 'queued') return 'not run yet';
  if (started === undefined || completed === undefined || state === 'cached') return state;
  return `${state} (${((completed - started) / 1000).toFixed(1)} s)`;
}
