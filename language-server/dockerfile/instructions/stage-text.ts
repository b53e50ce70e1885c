/**
 * A stage as it is written, wherever it stands: the same object in every version of a file for as
 * long as nothing in the stage changes, so what follows from it alone is worked out once.
 */
import { instructionSpec } from '../grammar/instructions';
import type { InstructionContent } from '../parser/chunk';
import type { Instruction } from '../parser/syntax-tree';
import { toLower, toUpper } from '../text/go';
import type { CommandContent } from './command';

export type Casing = { readonly lower: number; readonly upper: number; readonly of: number };

export class StageText {
  #casing: Casing | undefined;
  #linked: readonly number[] | undefined;
  #steps: number | undefined;
  #adds: boolean | undefined;

  /**
   * @param instructions the FROM, then what follows it; none of them is broken
   * @param commands what those after the FROM say
   */
  constructor(
    readonly instructions: readonly InstructionContent[],
    readonly commands: readonly CommandContent[],
  ) {}

  /** How many commands count as steps in the names of vertices. */
  get steps(): number {
    return (this.#steps ??= this.commands.filter(({ type }) => instructionSpec(type).step).length);
  }

  /** The numbers of the commands that take files from elsewhere: COPY --from, RUN --mount. */
  get linked(): readonly number[] {
    return (this.#linked ??= this.commands.flatMap((command, index) => {
      if (command.type === 'copy') return command.from === '' ? [] : [index];
      return command.type === 'run' && command.mounts.length > 0 ? [index] : [];
    }));
  }

  get adds(): boolean {
    return (this.#adds ??= this.commands.some(({ type }) => type === 'add'));
  }

  /** How many keywords are in lower case, and of the others how many in upper case. */
  get casing(): Casing {
    return (this.#casing ??= casingOf(this.instructions.map(({ keyword }) => keyword)));
  }

  /** Whether the stage that starts at an index of a tree's instructions is this one. */
  standsAt(nodes: readonly Instruction[], start: number): boolean {
    const { instructions } = this;
    const after = nodes[start + instructions.length];
    if (after !== undefined && after.content.name !== 'from') return false;
    for (let index = 0; index < instructions.length; index++) {
      if (nodes[start + index]?.content !== instructions[index]) return false;
    }
    return true;
  }
}

export function casingOf(keywords: readonly string[]): Casing {
  let lower = 0;
  let upper = 0;
  for (const keyword of keywords) {
    if (keyword === toLower(keyword)) lower++;
    else if (keyword === toUpper(keyword)) upper++;
  }
  return { lower, upper, of: keywords.length };
}
