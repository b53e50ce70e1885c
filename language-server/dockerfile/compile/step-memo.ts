/**
 * What a compile keeps of its steps for the next one, so that a keystroke compiles the instruction
 * that it touches and not the file.
 *
 * A step is kept under what its instruction says. It counts again when the instruction meets the
 * same settings (`snapshot.ts`) on the same file system, with the same sources. "The same file
 * system" is a matter of identity: a step's output is a {@link Slot}, which stays while the vertex
 * in it is replaced. So when an edited RUN leaves the settings as they were, everything after it
 * stands on the same slot, is kept, and merely gets new digests.
 *
 * Whatever is kept is checked against all that it was made from, in every run; the memo decides how
 * much is done again, never what comes out.
 */
import type { LintWarning } from '../lint/warning';
import type { Output, Vertex } from '../llb/vertex';
import type { InstructionContent } from '../parser/chunk';
import type { Instruction } from '../parser/syntax-tree';
import type { Span } from '../text/span';
import type { HistoryEntry } from './image-config';
import { sameSnapshot, type Snapshot } from './snapshot';
import type { StageState } from './stage-state';

/** The place of a step in the chain of file systems; the vertex in it may be replaced. */
export class Slot implements Output {
  #made: Output | undefined;
  /** The run that put the vertex there. */
  #run = 0;

  get vertex(): Vertex {
    if (this.#made === undefined) throw new Error('a step was used before it was made');
    return this.#made.vertex;
  }

  /** Puts a step's output here, unless another step of this run has the place. */
  fill(made: Output, run: number): 'taken' | 'same' | 'other' {
    if (this.#run === run) return 'taken';
    const filled = this.#made === made ? 'same' : 'other';
    this.#made = made;
    this.#run = run;
    return filled;
  }
}

/** What a step takes from a stage that it copies from or mounts. */
export type SourceKey = {
  readonly output: Output | undefined;
  readonly dir: string;
  readonly dispatched: boolean;
};

/** The build context, the stage itself, or one of the command's sources by its number. */
type Used = readonly [source: 'context' | 'own' | number, path: string];

export type Step = {
  readonly before: Snapshot;
  readonly input: Output | undefined;
  readonly sources: readonly SourceKey[];
  readonly after: Snapshot;
  /** The vertex that the step makes, and where it was put; undefined for a mere setting. */
  readonly made: { readonly output: Output; readonly slot: Slot } | undefined;
  readonly history: readonly HistoryEntry[];
  readonly used: readonly Used[];
  /** Where the instruction stood when the warnings got their places. */
  readonly node: Instruction;
  readonly warnings: readonly LintWarning[];
};

/** The steps of all stages, and for each stage the slots in their order. */
export class StepMemo {
  readonly #steps = new WeakMap<InstructionContent, Step>();
  readonly #chains = new WeakMap<InstructionContent, SlotChain>();
  #lastChains: (SlotChain | undefined)[] = [];
  #nextChains: (SlotChain | undefined)[] = [];
  #run = 0;
  #version = {};

  /** Another object whenever a slot may hold another vertex than before. */
  get version(): object {
    return this.#version;
  }

  /** Begins a compile. */
  start(): void {
    this.#run++;
    this.#version = {};
    this.#lastChains = this.#nextChains;
    this.#nextChains = [];
  }

  /** Begins to fill the slots of one stage of the last compile again. */
  resume(chain: SlotChain): void {
    chain.run = ++this.#run;
  }

  /** The slots of a stage: those it had, or those of the stage that stood at its place. */
  chainOf(from: InstructionContent | undefined, index: number): SlotChain {
    const known = from && this.#chains.get(from);
    const before = this.#lastChains[index];
    const usable = known ?? (before?.run === this.#run ? undefined : before);
    const chain = usable === undefined || usable.run === this.#run ? new SlotChain() : usable;
    chain.run = this.#run;
    this.#nextChains[index] = chain;
    if (from !== undefined) this.#chains.set(from, chain);
    return chain;
  }

  /** The step of an instruction, if it would come out the same; its slot is filled then. */
  find(
    node: Instruction,
    before: Snapshot,
    input: Output | undefined,
    sources: readonly StageState[],
  ): Step | undefined {
    const step = this.#steps.get(node.content);
    if (step === undefined || step.input !== input) return undefined;
    if (!sameSources(step.sources, sources)) return undefined;
    if (step.before !== before && !sameSnapshot(step.before, before)) return undefined;
    const { made } = step;
    if (made !== undefined && !this.#fill(made.slot, made.output)) return undefined;
    if (step.node === node || step.warnings.length === 0) return step;
    const moved = { ...step, node, warnings: moveWarnings(step, node) };
    this.#steps.set(node.content, moved);
    return moved;
  }

  keep(step: Step): void {
    this.#steps.set(step.node.content, step);
  }

  /** The slot for what a stage becomes in the end, however many steps lead there. */
  end(chain: SlotChain, made: Output): Slot {
    if (chain.end === undefined || !this.#fill(chain.end, made)) {
      chain.end = new Slot();
      this.#fill(chain.end, made);
    }
    return chain.end;
  }

  /** The slot for what follows an output in a stage. */
  place(chain: SlotChain, input: Output | undefined, isFirst: boolean, made: Output): Slot {
    const known = isFirst ? chain.first : input && chain.next.get(input);
    if (known !== undefined && this.#fill(known, made)) return known;
    const slot = new Slot();
    this.#fill(slot, made);
    if (isFirst) chain.first = slot;
    else if (input !== undefined) chain.next.set(input, slot);
    return slot;
  }

  #fill(slot: Slot, made: Output): boolean {
    const filled = slot.fill(made, this.#run);
    if (filled === 'other') this.#version = {};
    return filled !== 'taken';
  }
}

/** Which slot followed which in a stage. */
export class SlotChain {
  run = 0;
  /** Another object whenever a stage begins to put its steps here. */
  filling: object | undefined;
  first: Slot | undefined;
  /** What all others know of the stage. */
  end: Slot | undefined;
  readonly next = new WeakMap<Output, Slot>();
}

export function sourceKeys(sources: readonly StageState[]): readonly SourceKey[] {
  return sources.length === 0
    ? none
    : sources.map(({ state, dispatched }) => ({
        output: state.output,
        dir: state.dir,
        dispatched,
      }));
}

const none: readonly SourceKey[] = [];

export function sameSources(keys: readonly SourceKey[], sources: readonly StageState[]): boolean {
  if (keys.length !== sources.length) return false;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    const source = sources[index];
    if (key === undefined || source === undefined) return false;
    const { state, dispatched } = source;
    if (key.output !== state.output || key.dir !== state.dir) return false;
    if (key.dispatched !== dispatched) return false;
  }
  return true;
}

/** What a command has used, told by its sources instead of by this run's stages. */
export function usedBy(
  stage: StageState,
  sources: readonly StageState[],
  used: StageState['used'],
): readonly Used[] {
  return used.map(([source, path]): Used => {
    if (source === undefined) return ['context', path];
    return [source === stage ? 'own' : sources.indexOf(source), path];
  });
}

/** Notes again what a step uses. */
export function useAgain(stage: StageState, sources: readonly StageState[], step: Step): void {
  for (const [source, path] of step.used) {
    if (source === 'context') stage.use(undefined, path);
    else stage.use(source === 'own' ? stage : sources[source], path);
  }
}

/** The warnings about instructions that have moved together. */
export function moveWarnings(
  { node, warnings }: Pick<Step, 'node' | 'warnings'>,
  now: Instruction,
): readonly LintWarning[] {
  if (warnings.length === 0) return warnings;
  const by = now.span.start - node.span.start;
  const lines = now.lines.first - node.lines.first;
  if (by === 0 && lines === 0) return warnings;
  const move = ({ start, end }: Span): Span => ({ start: start + by, end: end + by });
  return warnings.map((warning) => ({
    ...warning,
    ...(warning.lines && {
      lines: { first: warning.lines.first + lines, last: warning.lines.last + lines },
    }),
    spans: warning.spans.map(move),
  }));
}
