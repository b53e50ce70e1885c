/**
 * The steps of a build, as a debugger walks them.
 *
 * A step is what one piece of source text does: the ops whose ranges are the same (an instruction
 * may need several, such as one for each platform). Steps come in the order of the text where the
 * graph allows it, which is the order its author thinks in; ops without a place in a text (the
 * build context) belong to no step and run when a step needs them.
 */
import type { Definition, DefinitionOp, SourceRange } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';

export type Step = {
  /** The last op of the step: the one whose result the next step builds on. */
  readonly digest: Digest;
  readonly ops: readonly DefinitionOp[];
  /** Index into the definition's sources. */
  readonly source: number;
  readonly ranges: readonly SourceRange[];
  /** Lines covered, both included, counted from 1. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** BuildKit's name of the vertex. */
  readonly name: string;
};

/** The steps of a definition, an inputs-first order nearest to that of the text. */
export function stepsOf(definition: Definition): Step[] {
  const groups = new Map<string, DefinitionOp[]>();
  const placeOf = new Map<string, { source: number; ranges: readonly SourceRange[] }>();
  const keyOf = new Map<Digest, string>();
  for (const entry of definition.ops) {
    const place = definition.locations.get(entry.digest)?.find((one) => one.ranges.length > 0);
    if (place === undefined || entry.op.op.kind === 'terminal') continue;
    const key = JSON.stringify([place.sourceIndex, place.ranges]);
    placeOf.set(key, { source: place.sourceIndex, ranges: place.ranges });
    keyOf.set(entry.digest, key);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  const steps: Step[] = [];
  for (const [key, ops] of groups) {
    const place = placeOf.get(key);
    const last = ops.at(-1);
    if (place === undefined || last === undefined) continue;
    steps.push({
      digest: last.digest,
      ops,
      source: place.source,
      ranges: place.ranges,
      firstLine: Math.min(...place.ranges.map((range) => range.start.line)),
      lastLine: Math.max(...place.ranges.map((range) => range.end.line)),
      name: definition.metadata.get(last.digest)?.description['llb.customname'] ?? last.digest,
    });
  }
  return inTextOrder(definition, steps, keyOf);
}

/** Repeatedly takes the step that stands first in the text among those whose inputs are taken. */
function inTextOrder(
  definition: Definition,
  steps: readonly Step[],
  keyOf: ReadonlyMap<Digest, string>,
): Step[] {
  const keys = steps.map((step) => keyOf.get(step.digest) ?? step.digest);
  const needs = stepNeeds(definition, keyOf);
  const waiting = steps
    .map((step, index) => ({ step, key: keys[index] ?? step.digest }))
    .sort((a, b) => a.step.source - b.step.source || a.step.firstLine - b.step.firstLine);
  const taken = new Set<string>();
  const order: Step[] = [];
  while (waiting.length > 0) {
    const ready = waiting.findIndex(({ key }) =>
      [...(needs.get(key) ?? [])].every((need) => taken.has(need)),
    );
    // Steps that need each other (one range on both sides of another step) go in text order.
    const [next] = waiting.splice(Math.max(ready, 0), 1);
    if (next === undefined) break;
    taken.add(next.key);
    order.push(next.step);
  }
  return order;
}

/** For each step's key, the steps it builds on, through ops that belong to none. */
function stepNeeds(
  definition: Definition,
  keyOf: ReadonlyMap<Digest, string>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const nearest = new Map<Digest, ReadonlySet<string>>();
  const needs = new Map<string, Set<string>>();
  for (const { digest, op } of definition.ops) {
    const below = new Set<string>();
    for (const input of op.inputs) {
      const key = keyOf.get(input.digest);
      if (key !== undefined) below.add(key);
      else for (const one of nearest.get(input.digest) ?? []) below.add(one);
    }
    nearest.set(digest, below);
    const key = keyOf.get(digest);
    if (key === undefined) continue;
    const known = needs.get(key) ?? new Set<string>();
    for (const one of below) if (one !== key) known.add(one);
    needs.set(key, known);
  }
  return needs;
}

/** The inputs that must be there before a step can run: what its ops use from outside the step. */
export function inputsOf(step: Step): { readonly digest: Digest; readonly index: number }[] {
  const own = new Set(step.ops.map((entry) => entry.digest));
  const inputs = new Map<string, { digest: Digest; index: number }>();
  for (const { op } of step.ops) {
    for (const input of op.inputs) {
      if (!own.has(input.digest)) inputs.set(`${input.digest}/${input.index}`, input);
    }
  }
  return [...inputs.values()];
}

/** Of some steps those that no other of them needs: solving these solves all. */
export function frontier(
  definitions: readonly Definition[],
  chosen: readonly Step[],
): readonly Step[] {
  const own = new Set(chosen.flatMap((step) => step.ops.map((entry) => entry.digest)));
  const needed = new Set<Digest>();
  for (const definition of definitions) {
    // Users come after their inputs, so from the end each op's own need is known when it is met.
    for (const { digest, op } of definition.ops.toReversed()) {
      if (!own.has(digest) && !needed.has(digest)) continue;
      for (const input of op.inputs) needed.add(input.digest);
    }
  }
  return chosen.filter((step) => !step.ops.every((entry) => needed.has(entry.digest)));
}
