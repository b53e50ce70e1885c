/** A stage of a file: where its text stands, and what it says. */
import type { Command, FromCommand } from './command';
import type { StageText } from './stage-text';

/** For each instruction, how many characters and lines it stands behind the FROM. */
export type Spacing = readonly number[];

/** A FROM and what follows it. */
export type Stage = {
  readonly from: FromCommand;
  readonly commands: readonly Command[];
  /** So many commands stand before the first one that could not be read and is left out. */
  readonly completeUpTo?: number;
  /** What it says, wherever it stands; undefined where something in it could not be read. */
  readonly text?: StageText;
  /** For a stage with a text: how far its instructions stand behind the FROM. */
  readonly spacing?: Spacing;
};
