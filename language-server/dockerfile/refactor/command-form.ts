/** Shell form to exec form and back, for RUN, CMD and ENTRYPOINT. */
import { jsonArray, plainCommand } from '../lint/fixes/exec-form';
import { replace } from '../lint/fixes/fix';
import { argumentSpan } from '../occurrences/joined-text';
import type { Instruction, SyntaxTree } from '../parser/syntax-tree';
import type { Span } from '../text/span';
import type { Refactor } from './refactor';
import { oneInstruction } from './selection';
import { hasPosixShell } from './shell-command';

const kinds: ReadonlySet<string | undefined> = new Set(['run', 'cmd', 'entrypoint']);

export const toExecForm: Refactor = (tree, selection) => {
  const instruction = oneInstruction(tree, selection);
  if (instruction === undefined || instruction.json || !hasCommand(instruction)) return [];
  const [command = ''] = instruction.args;
  // The image's shell is not known here; only what needs none is exact.
  const words = hasPosixShell(tree) ? plainCommand(command) : undefined;
  const span = commandSpan(tree, instruction);
  if (words === undefined || span === undefined) return [];
  return [
    {
      kind: 'refactor.rewrite.execForm',
      title: 'Write as exec form (JSON)',
      edits: [replace(span, jsonArray(words))],
    },
  ];
};

export const toShellForm: Refactor = (tree, selection) => {
  const instruction = oneInstruction(tree, selection);
  if (instruction?.json !== true || !hasCommand(instruction) || !hasPosixShell(tree)) return [];
  const { args } = instruction;
  const [shell, flag, script] = args;
  const isDefault = tree.instructions.every(({ name }) => name !== 'shell');
  const isScript = isDefault && args.length === 3 && shell === '/bin/sh' && flag === '-c';
  const command = isScript
    ? (script ?? '')
    : [programWord(shell ?? ''), ...args.slice(1).map(shellWord)].join(' ');
  const span = commandSpan(tree, instruction);
  // What looks like JSON or a heredoc, or spans lines, would not be read as this command.
  if (span === undefined || /[\n\r]|<<|^\s*\[|^\s*--|^\s*$/.test(command)) return [];
  return [
    {
      kind: 'refactor.rewrite.shellForm',
      title: 'Write as shell form',
      edits: [replace(span, command)],
    },
  ];
};

const hasCommand = ({ name, heredocs, problem, args }: Instruction): boolean =>
  kinds.has(name) && heredocs.length === 0 && problem === undefined && args.length > 0;

function commandSpan(tree: SyntaxTree, instruction: Instruction): Span | undefined {
  const [first] = instruction.words;
  if (first === undefined) return undefined;
  const { start, end } = argumentSpan(tree, instruction);
  const text = tree.text.slice(start, end);
  const flagsEnd = instruction.flags.at(-1)?.end ?? start;
  const blank = /^\s*/.exec(text.slice(flagsEnd - start))?.[0].length ?? 0;
  return { start: flagsEnd + blank, end: start + text.trimEnd().length };
}

const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const reserved =
  /^(?:if|then|elif|else|fi|for|in|do|done|while|until|case|esac|function|select|time|coproc)$/;

/** What an unquoted word would be to the shell besides a program: a keyword, or an assignment. */
const programWord = (word: string): string =>
  reserved.test(word) || /^\w+=/.test(word) ? `'${word}'` : shellWord(word);
