/** A stage on its way through the compiler: what is known of it so far. */
import type { Platform } from '../../../proto/model/op';
import type { ArgDefinition, Command, FromCommand } from '../instructions/command';
import type { Spacing, Stage } from '../instructions/stage';
import type { StageText } from '../instructions/stage-text';
import { newState, type State } from '../llb/state';
import type { VertexOrigin } from '../llb/vertex';
import type { InstructionContent } from '../parser/chunk';
import type { Instruction } from '../parser/syntax-tree';
import type { Lines } from '../text/span';
import { GrowingList } from './growing-list';
import { blankImage, type HistoryEntry, type ImageConfig } from './image-config';
import type { NamedContext } from './named-context';
import { OutlineCapture } from './outline-capture';
import type { Snapshot } from './snapshot';

/** A command with the stages whose files it uses. */
export type StageCommand = {
  readonly command: Command;
  /** COPY: its `--from`; RUN: one for each mount. */
  readonly sources: readonly StageState[];
  readonly isOnBuild: boolean;
  /** It has failed before it could run, or is left out. */
  readonly failed?: boolean;
};

/** Where a stage was written: a FROM, or the image behind `--from=`. */
export type StageSource = {
  readonly from?: FromCommand;
  readonly base: string;
  readonly lines?: Lines;
  /** What stands at these lines. */
  readonly place?: InstructionContent | undefined;
};

type LastCounts = 'cmd' | 'entrypoint' | 'healthcheck';

const noSources: readonly (readonly StageState[])[] = [];
const noStages: readonly StageState[] = [];
const unknownPlatform: Platform = { os: '', architecture: '' };

export class StageState {
  /** The base as a full reference once it is resolved. */
  baseName: string;
  /** The stage that this one is built on. */
  base: StageState | undefined;
  namedContext: NamedContext | undefined;
  state: State = newState();
  /** Replaced as a whole whenever something in it changes. */
  image: ImageConfig = blankImage;
  /** What the image's history becomes. */
  history = GrowingList.of<HistoryEntry>([]);
  /** The base image as it was resolved; never changed. */
  baseImage: ImageConfig | undefined;
  platform: Platform | undefined;
  buildArgs: readonly ArgDefinition[] = [];
  /** What the command at hand has used so far. */
  used: [source: StageState | undefined, path: string][] = [];
  /** SOURCE_DATE_EPOCH in seconds. */
  epoch: bigint | undefined;
  name: string;

  dispatched = false;
  resolved = false;
  onBuildInitialised = false;
  ignoreCache = false;
  /** An image of `--from=`, which is no stage of the file. */
  unregistered = false;
  /** A WORKDIR has been set in this file. */
  workdirSet = false;
  /** The base image was guessed. */
  uncertain = false;
  /** Its FROM failed, or that of a stage below it; see `failures.ts`. */
  lost = false;
  /** Its commands are not those that were written. */
  changed = false;
  /** So many commands of the file stand before the first one that is left out. */
  completeUpTo: number | undefined;

  commandIndex = 0;
  commandTotal = 0;
  commandIsOnBuild = false;

  /** What its commands have made of it; the same object in the next compile if nothing has changed. */
  finished: Snapshot | undefined;

  #commands: readonly StageCommand[] | undefined;
  /** See {@link link}. */
  sources: readonly (readonly StageState[])[] = noSources;

  // Most stages are images behind a mount, of which nothing more is asked: their tables are made
  // when they are needed.
  #dependencies: Map<StageState, () => Command> | undefined;
  #contextPaths: Set<string> | undefined;
  #paths: Set<string> | undefined;
  #lastOf: Map<LastCounts, Command> | undefined;
  #outline: OutlineCapture | undefined;

  constructor(
    readonly source: StageSource,
    outline?: OutlineCapture,
    private written?: Stage,
  ) {
    this.baseName = source.base;
    this.name = source.from?.name ?? '';
    this.#outline = outline;
  }

  /** The stages whose files it uses, each with the last command that does. */
  get dependencies(): Map<StageState, () => Command> {
    return (this.#dependencies ??= new Map());
  }

  /** Paths that this stage uses of the build context. */
  get contextPaths(): Set<string> {
    return (this.#contextPaths ??= new Set());
  }

  /** Paths that others use of this stage's base; shared along the chain of bases. */
  get paths(): Set<string> {
    return (this.#paths ??= new Set());
  }

  get outline(): OutlineCapture {
    return (this.#outline ??= new OutlineCapture(new Map()));
  }

  /** Places of the last CMD, ENTRYPOINT and HEALTHCHECK of this stage. */
  get lastOf(): Map<LastCounts, Command> {
    return (this.#lastOf ??= new Map());
  }

  get commands(): readonly StageCommand[] {
    return (this.#commands ??= (this.written?.commands ?? []).map((command, index) => ({
      command,
      sources: this.sourcesOf(index),
      isOnBuild: false,
    })));
  }

  /** Other commands than those that were written: triggers, or some that have failed. */
  set commands(commands: readonly StageCommand[]) {
    this.#commands = commands;
    this.changed = true;
  }

  /** @param sources the stages that each of the text's linked commands uses, in their order */
  link(sources: readonly (readonly StageState[])[]): void {
    this.sources = sources;
  }

  /** The stages that one of the commands uses which were written. */
  sourcesOf(command: number): readonly StageState[] {
    const place = this.written?.text?.linked.indexOf(command) ?? -1;
    return this.sources[place] ?? noStages;
  }

  /** One of the commands that were written, in its place. */
  commandAt(index: number): Command {
    const command = this.written?.commands[index];
    if (command === undefined) throw new Error('a command outside its stage');
    return command;
  }

  /** What was written, where the commands are just that. */
  get text(): StageText | undefined {
    return this.changed ? undefined : this.written?.text;
  }

  /** Its FROM where the commands at hand were written. */
  get fromNode(): Instruction | undefined {
    return (this.written?.from ?? this.source.from)?.node;
  }

  get spacing(): Spacing | undefined {
    return this.written?.spacing;
  }

  get lines(): Lines | undefined {
    return this.source.lines;
  }

  get os(): string {
    return this.platform?.os ?? '';
  }

  /** The platform once dispatching has begun; a named context may have none. */
  get knownPlatform(): Platform {
    return this.platform ?? unknownPlatform;
  }

  /** The group that a graph shows: the stage's name, or its number. */
  groupOf(index: number): NonNullable<VertexOrigin['stage']> {
    const { from } = this.source;
    const name = from?.name ?? '';
    return {
      id: `stage:${name === '' ? index : name}`,
      name: name === '' ? `stage-${index}` : name,
    };
  }

  /** The stage that this one is built on has been found. */
  buildOn(base: StageState): void {
    this.base = base;
    this.#outline = base.outline.clone();
  }

  /** Starts with an image. */
  useImage(image: ImageConfig): void {
    this.image = image;
    this.history = image.history;
  }

  setImage(fields: Partial<ImageConfig>): void {
    this.image = { ...this.image, ...fields };
  }

  /** Notes that a path is used: of a stage, or of the build context. */
  use(source: StageState | undefined, path: string): void {
    (source === undefined ? this.contextPaths : source.paths).add(path);
    this.used.push([source, path]);
  }

  get beginning(): StageBeginning {
    const { state, image, history, platform, buildArgs } = this;
    const { workdirSet, uncertain, commandIndex } = this;
    return { state, image, history, platform, buildArgs, workdirSet, uncertain, commandIndex };
  }

  /**
   * Goes back to where its commands begin, which are others now. They are linked as those before:
   * whoever uses this stage, and whom it uses, stays.
   */
  restart(written: Stage, beginning: StageBeginning): void {
    Object.assign(this, beginning);
    this.written = written;
    this.used = [];
    this.#commands = undefined;
    this.#contextPaths = undefined;
    this.#lastOf = undefined;
  }

  /** Takes over what the base stage has become. */
  inherit(): void {
    const { base } = this;
    if (base === undefined) return;
    this.lost ||= base.lost;
    this.state = base.state;
    this.platform = base.platform;
    this.image = { ...base.image, onBuild: [] };
    this.history = base.history;
    this.baseImage = base.baseImage;
    this.#paths = base.paths;
    this.workdirSet = base.workdirSet;
    this.uncertain = base.uncertain;
    this.buildArgs = [...this.buildArgs, ...base.buildArgs];
  }
}

/** What a stage is when its commands begin. */
export type StageBeginning = Pick<
  StageState,
  | 'commandIndex'
  | 'state'
  | 'image'
  | 'history'
  | 'platform'
  | 'buildArgs'
  | 'workdirSet'
  | 'uncertain'
>;

/** All stages in order, and by name. */
export class StageList {
  readonly all: StageState[] = [];
  readonly #byName = new Map<string, StageState>();

  add(stage: StageState): void {
    this.all.push(stage);
    // A stage name in FROM is compared as it is written: `FROM Base` is an image.
    const base = this.#byName.get(stage.baseName);
    if (base !== undefined) {
      stage.buildOn(base);
    }
    const name = stage.source.from?.name ?? '';
    if (name !== '') this.#byName.set(name, stage);
  }

  byName(name: string): StageState | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  names(): string[] {
    return this.all.map((stage) => stage.name).filter((name) => name !== '');
  }

  /** The target, what it is built on and what it copies from, and so on. */
  reachableFrom(target: StageState): Set<StageState> {
    const reached = new Set<StageState>([target]);
    for (const stage of reached) {
      if (stage.base !== undefined) reached.add(stage.base);
      for (const dependency of stage.dependencies.keys()) reached.add(dependency);
    }
    return reached;
  }
}
