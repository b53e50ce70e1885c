/**
 * The call stack of a stop: the step itself, and below it the steps it builds on, nearest first.
 *
 * The chain follows what each step changes (its first input), which for a Dockerfile is the stage
 * up to its FROM.
 */
import { basename } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Definition } from '../../proto/model/definition';
import type { Digest } from '../../proto/model/digest';
import { inputsOf, type Step } from '../engine/steps';

/** `step` and the steps that it builds on, through ops that are no steps themselves. */
export function chainOf(
  step: Step,
  steps: readonly Step[],
  definitions: readonly Definition[],
): Step[] {
  const stepOf = new Map(steps.flatMap((one) => one.ops.map((op) => [op.digest, one] as const)));
  const firstInput = new Map(
    definitions.flatMap(({ ops }) =>
      ops.map((one) => [one.digest, one.op.inputs[0]?.digest] as const),
    ),
  );
  const chain: Step[] = [];
  let current: Step | undefined = step;
  while (current !== undefined && !chain.includes(current)) {
    chain.push(current);
    let below: Digest | undefined = inputsOf(current)[0]?.digest;
    while (below !== undefined && !stepOf.has(below)) below = firstInput.get(below);
    current = below === undefined ? undefined : stepOf.get(below);
  }
  return chain;
}

/** Frame ids are positions in `steps`, counted from 1: the same step has the same frame id. */
export function frameOf(
  step: Step,
  steps: readonly Step[],
  path: string | undefined,
): DebugProtocol.StackFrame {
  return {
    id: steps.indexOf(step) + 1,
    name: step.name.replace(/\s*\n\s*/g, ' '),
    line: step.firstLine,
    column: 1,
    endLine: step.lastLine,
    ...(path === undefined
      ? { presentationHint: 'subtle' as const }
      : { source: { name: basename(path), path } }),
  };
}
