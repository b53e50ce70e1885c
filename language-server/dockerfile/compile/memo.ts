/**
 * What is kept from one compile of a file to the next.
 *
 * A memo belongs to one file; it may be given to every compile of every version of it. The answers
 * are the same without one, only later. Steps are kept for each way of compiling (options, platform,
 * global arguments …) apart, and for the last few ways only.
 */
import { MarshalMemo } from '../llb/marshal-memo';
import type { SourceVertex } from '../llb/source';
import type { InstructionContent } from '../parser/chunk';
import { sameBytes } from '../text/bytes';
import { DeferredOutput } from './deferred-output';
import { readImageConfig, withoutTime, type ImageConfig } from './image-config';
import { RunMemo } from './run-memo';
import { StepMemo } from './step-memo';

/** A lint, a build, the rest of a broken file: so many ways are in use at once. */
const maxPasses = 6;

export class CompileMemo {
  readonly #passes = new Map<string, PassMemo>();
  #last: Promise<unknown> = Promise.resolve();

  /** Runs compiles one after the other, for each of them leaves its marks here. */
  inTurn<T>(compile: () => Promise<T>): Promise<T> {
    const result = this.#last.then(compile);
    this.#last = result.catch(() => undefined); // whoever asked for it hears of it
    return result;
  }

  /**
   * The memory of a way of compiling; `key` names all that its steps do not see themselves. It is to
   * be told which kind of run begins.
   */
  pass(key: string): PassMemo {
    const pass = this.#passes.get(key) ?? new PassMemo();
    this.#passes.delete(key);
    this.#passes.set(key, pass);
    const [oldest] = this.#passes.keys();
    if (this.#passes.size > maxPasses && oldest !== undefined) this.#passes.delete(oldest);
    return pass;
  }
}

export class PassMemo {
  readonly runs = new RunMemo();
  readonly steps = new StepMemo();
  readonly marshalled = new MarshalMemo();
  /** The build context, which is the same output in every run. */
  readonly context = new DeferredOutput();
  /** Another object for each conversion. */
  turn: object = {};
  /** What a stage from scratch starts with. */
  emptyImage: ImageConfig | undefined;
  #contextPaths: readonly string[] = [];
  readonly #configs = new Map<string, ReadImage>();
  #images = new Map<string, ImageVertex>();
  #nextImages = new Map<string, ImageVertex>();

  /** Begins to convert a whole file. */
  start(): void {
    this.steps.start();
    this.#images = this.#nextImages;
    this.#nextImages = new Map();
  }

  /** The source of a base image: the one of the last run when nothing about it has changed. */
  image(
    key: string,
    place: InstructionContent | undefined,
    make: () => SourceVertex,
  ): SourceVertex {
    const known = this.#nextImages.get(key) ?? this.#images.get(key);
    const vertex = known?.place === place && known !== undefined ? known.vertex : make();
    this.#nextImages.set(key, { place, vertex });
    return vertex;
  }

  /** An image config that is read once, as long as it stays the same. */
  imageConfig(ref: string, config: Uint8Array): ReadImage {
    const known = this.#configs.get(ref);
    if (known !== undefined && sameBytes(known.bytes, config)) return known;
    const image = readImageConfig(config);
    const read = { bytes: config, image, timeless: withoutTime(image) };
    this.#configs.set(ref, read);
    return read;
  }

  /** Says whether the build context is used as it was in the last run. */
  usesContextAsBefore(paths: ReadonlySet<string>): boolean {
    const before = this.#contextPaths;
    const now = [...paths];
    this.#contextPaths = now;
    return (
      this.context.output !== undefined &&
      now.length === before.length &&
      now.every((path, index) => path === before[index])
    );
  }
}

type ReadImage = {
  readonly bytes: Uint8Array;
  readonly image: ImageConfig;
  /** Without its time of creation: what a stage starts with. */
  readonly timeless: ImageConfig;
};

type ImageVertex = {
  readonly place: InstructionContent | undefined;
  readonly vertex: SourceVertex;
};
