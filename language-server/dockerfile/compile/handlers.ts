/** The shape of the table that says what each instruction does. */
import type { Command } from '../instructions/command';
import type { Conversion } from './conversion';
import type { StageState } from './stage-state';

/** Handles one command of a stage. Throws BuildFailure or Error with BuildKit's message. */
export type Handler<C extends Command> = (
  conversion: Conversion,
  stage: StageState,
  command: C,
  sources: readonly StageState[],
) => void;

export type Handlers = {
  readonly [T in Command['type']]: Handler<Extract<Command, { type: T }>>;
};
