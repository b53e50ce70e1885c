/** What hadolint's rules look at: the stages of a file, and the commands that its RUNs run. */
import type { DockerfileView } from '../../dockerfile-view';
import type { Span } from '../../dockerfile';
import { joinedText } from '../../dockerfile/occurrences/joined-text';
import type { Instruction } from '../../dockerfile/parser/syntax-tree';
import type { StageNode } from '../../dockerfile/occurrences/stages';
import type { Finding } from '../finding';
import type { HadolintConfig } from './config';
import type { Pragmas } from './pragmas';
import { simpleCommands, type SimpleCommand } from './shell-words';

export type HadolintPlace = {
  readonly span: Span;
  readonly instruction: Instruction;
  /** In the place of the rule's own message. */
  readonly message?: string;
};
export type HadolintRule = {
  readonly code: string;
  readonly severity: Finding['severity'];
  readonly message: string;
  /** Only when a config file names it: matters of policy, which most people switch off. */
  readonly policy?: boolean;
  find(file: HadolintFile, config: HadolintConfig): HadolintPlace[];
};

/** A command of a RUN, and where its program stands. */
export type RunCommand = SimpleCommand & {
  readonly instruction: Instruction;
  /** The RUN itself: the instruction, or what ONBUILD triggers. */
  readonly run: Instruction;
  readonly span: Span;
  readonly stage: StageNode;
};

export class HadolintFile {
  #commands: readonly RunCommand[] | undefined;

  constructor(
    readonly view: DockerfileView,
    readonly pragmas: Pragmas,
  ) {}

  get stages(): readonly StageNode[] {
    return this.view.stages.stages;
  }

  /** The commands of all RUNs in shell form, of triggers and scripts in heredocs too. */
  get commands(): readonly RunCommand[] {
    this.#commands ??= this.stages.flatMap((stage) => {
      let isPosix = true;
      return stage.instructions.flatMap((instruction) => {
        const { name, args, trigger } = instruction;
        if (name === 'shell') isPosix = !foreign.test(args[0] ?? '');
        const run = trigger ?? instruction;
        if (run.name !== 'run' || run.json) return [];
        const said = this.pragmas.shellOf(instruction);
        if (said === undefined ? !isPosix : foreign.test(said)) return [];
        return this.#commandsOf(stage, instruction, run);
      });
    });
    return this.#commands;
  }

  /** The commands of what the stages themselves run. */
  get ownCommands(): readonly RunCommand[] {
    return this.commands.filter(({ instruction, run }) => instruction === run);
  }

  all(name: Instruction['name']): Instruction[] {
    return this.view.tree.instructions.filter((instruction) => instruction.name === name);
  }

  #commandsOf(stage: StageNode, instruction: Instruction, run: Instruction): RunCommand[] {
    const { text, escape } = this.view.tree;
    const spans = [
      ...run.words,
      ...run.heredocs.filter(() => /^\s*<</.test(run.args[0] ?? '')).map(({ body }) => body),
    ];
    return spans.flatMap((span) => {
      const line = joinedText(text, escape, span);
      return simpleCommands(line.text).map((command) => ({
        ...command,
        instruction,
        run,
        stage,
        span: line.spanOf(command.start, command.end),
      }));
    });
  }
}

/** Shells whose commands are none of a POSIX shell's. */
const foreign = /(^|[/\\])(pwsh|powershell|cmd)(\.exe)?$/i;

export const whole = (instruction: Instruction): HadolintPlace => ({
  instruction,
  span: instruction.keywordSpan,
});
export const commands =
  (test: (command: RunCommand, file: HadolintFile) => boolean) =>
  (file: HadolintFile): HadolintPlace[] =>
    file.commands
      .filter((command) => test(command, file))
      .map(({ span, instruction }) => ({ span, instruction }));
export const uses = (
  { program, words }: SimpleCommand,
  manager: RegExp,
  ...verbs: string[]
): boolean => manager.test(program) && verbs.some((verb) => words.some((word) => word === verb));
export const hasFlag = ({ words }: SimpleCommand, ...names: string[]): boolean =>
  words.some(
    (word) =>
      names.includes(word.split('=')[0] ?? '') ||
      names.some(
        (name) => /^-[a-z]$/i.test(name) && /^-[a-z]+$/i.test(word) && word.includes(name.slice(1)),
      ),
  );
/** A cache mount at a path makes the clean-up needless. */
export const cached = ({ run }: RunCommand, path: string): boolean =>
  run.flags.some(
    ({ name, value = '' }) =>
      name === 'mount' && /type=(cache|tmpfs)/.test(value) && value.includes(path),
  );
export const cleans = (command: RunCommand, file: HadolintFile, pattern: RegExp): boolean =>
  file.commands.some(
    (other) =>
      other.instruction === command.instruction &&
      pattern.test(`${other.program} ${other.words.join(' ')}`),
  );
