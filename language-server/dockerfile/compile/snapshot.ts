/**
 * Everything that an instruction may read of its stage and change in it, apart from the file system
 * that it stands on, the history and what it notes down.
 *
 * Two compiles that meet an instruction in the same settings make the same of it; that is what
 * `step-memo.ts` rests on.
 */
import type { Platform } from '../../../proto/model/op';
import { sameValue } from '../../../proto/model/same-value';
import type { ArgDefinition } from '../instructions/command';
import type { State } from '../llb/state';
import type { Output } from '../llb/vertex';
import type { GrowingList } from './growing-list';
import type { ImageConfig } from './image-config';

/** What is read of a stage besides its file system, its state and its image's config. */
export type StageSettings = {
  readonly platform: Platform | undefined;
  readonly buildArgs: readonly ArgDefinition[];
  readonly epoch: bigint | undefined;
  readonly name: string;
  /** The stage's id in a graph. */
  readonly group: string;
  readonly ignoreCache: boolean;
  readonly workdirSet: boolean;
  readonly uncertain: boolean;
  readonly commandIndex: number;
  readonly commandTotal: number;
};

export type Snapshot = StageSettings & {
  readonly state: Omit<State, 'output'>;
  readonly image: ImageConfig;
};

/** A stage as far as snapshots are made of it. */
type Standing = { -readonly [Key in keyof Omit<Snapshot, 'state' | 'group'>]: Snapshot[Key] } & {
  state: State;
};

export function settingsOf(
  stage: Readonly<Omit<Standing, 'state' | 'image'>>,
  group: string,
): StageSettings {
  return {
    platform: stage.platform,
    buildArgs: stage.buildArgs,
    epoch: stage.epoch,
    name: stage.name,
    group,
    ignoreCache: stage.ignoreCache,
    workdirSet: stage.workdirSet,
    uncertain: stage.uncertain,
    commandIndex: stage.commandIndex,
    commandTotal: stage.commandTotal,
  };
}

export function sameSettings(a: StageSettings, b: StageSettings): boolean {
  return (
    a.commandIndex === b.commandIndex &&
    a.commandTotal === b.commandTotal &&
    a.name === b.name &&
    a.group === b.group &&
    a.epoch === b.epoch &&
    a.ignoreCache === b.ignoreCache &&
    a.workdirSet === b.workdirSet &&
    a.uncertain === b.uncertain &&
    sameValue(a.platform, b.platform) &&
    sameValue(a.buildArgs, b.buildArgs)
  );
}

/** @param group the stage's id in a graph */
export function snapshotOf(stage: Readonly<Standing>, group: string): Snapshot {
  return { state: stage.state, image: stage.image, ...settingsOf(stage, group) };
}

/** Puts a stage back where it was, on top of an output. */
export function restore(
  stage: Pick<
    Standing,
    'state' | 'image' | 'platform' | 'buildArgs' | 'workdirSet' | 'commandIndex'
  >,
  snapshot: Snapshot,
  output: Output | undefined,
): void {
  stage.state = { ...snapshot.state, output };
  stage.image = snapshot.image;
  stage.platform = snapshot.platform;
  stage.buildArgs = snapshot.buildArgs;
  stage.workdirSet = snapshot.workdirSet;
  stage.commandIndex = snapshot.commandIndex;
}

/** Whether two snapshots hold the same; they mostly share most of their parts. */
export function sameSnapshot(a: Snapshot, b: Snapshot): boolean {
  return sameSettings(a, b) && sameState(a.state, b.state) && sameImage(a.image, b.image);
}

function sameState(a: Snapshot['state'], b: Snapshot['state']): boolean {
  return (
    a === b ||
    (a.dir === b.dir &&
      a.user === b.user &&
      a.hostname === b.hostname &&
      a.network === b.network &&
      sameValue(a.platform, b.platform) &&
      a.env.equals(b.env))
  );
}

/** The history of the image is the base's and is not looked at while instructions run. */
function sameImage(a: ImageConfig, b: ImageConfig): boolean {
  return (
    a === b ||
    (a.env.equals(b.env) &&
      sameGrowth(a.labels, b.labels) &&
      sameGrowth(a.volumes, b.volumes) &&
      sameGrowth(a.exposedPorts, b.exposedPorts) &&
      sameValue({ ...a, ...compared }, { ...b, ...compared }))
  );
}

/** What {@link sameImage} compares in its own way. */
const compared = {
  env: undefined,
  labels: undefined,
  volumes: undefined,
  exposedPorts: undefined,
  history: undefined,
} as const;

function sameGrowth<T>(a: GrowingList<T> | undefined, b: GrowingList<T> | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.equals(b));
}
