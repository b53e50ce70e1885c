/** Merge RUNs into one, split one into several, write one as a heredoc. */
import { replace } from '../lint/fixes/fix';
import type { Instruction, SyntaxTree } from '../parser/syntax-tree';
import type { Refactor, Refactoring } from './refactor';
import { instructionsIn } from './selection';
import {
  andParts,
  changesShell,
  commandOf,
  flagText,
  hasInnerComments,
  hasPosixShell,
  isAndList,
  outlivesErrors,
} from './shell-command';

/** Selected RUNs that follow one another, or the RUN at the cursor and the next one. */
export const mergeRuns: Refactor = (tree, selection) => {
  const selected = instructionsIn(tree, selection);
  const [first] = selected;
  if (first === undefined) return [];
  const next = tree.instructions[tree.instructions.indexOf(first) + 1];
  const runs = selected.length > 1 || next === undefined ? selected : [first, next];
  const flags = flagText(tree, first);
  const commands = runs.map((run) => mergeable(tree, run, flags));
  if (runs.length < 2 || !commands.every((command) => command !== undefined)) return [];
  if (!hasPosixShell(tree)) return [];
  // What one shell has changed would be so for the next command too.
  const partsOfOthers = runs.slice(0, -1).flatMap(({ args }) => andParts(args[0] ?? ''));
  if (partsOfOthers.some(changesShell)) return [];
  const end = runs.at(-1)?.span.end ?? first.span.end;
  const text = tree.text.slice(first.span.start, end);
  // Comments between instructions would end up inside the command.
  if (runs.slice(1).some(({ comments }) => comments.length > 0)) return [];
  const merged = commands.join(` ${tree.escape}${lineEnd(text)}    && `);
  const span = { start: first.span.start, end };
  return [
    {
      kind: 'refactor.rewrite.merge',
      title: `Merge ${runs.length} RUN instructions into one`,
      edits: [replace(span, `${first.keyword}${flags} ${merged}`)],
    },
  ];
};

/** The command's source where `&& more` may follow it. */
function mergeable(tree: SyntaxTree, run: Instruction, flags: string): string | undefined {
  const span = commandOf(tree, run);
  if (span === undefined || flagText(tree, run) !== flags) return undefined;
  const source = tree.text.slice(span.start, span.end).trimEnd();
  const [joined = ''] = run.args;
  const isOpen = /(?:^|\s)#|[;&|({]\s*$|<</.test(joined) || source.endsWith(tree.escape);
  return isOpen || !isAndList(joined) ? undefined : source;
}

export const splitRun: Refactor = (tree, selection) => {
  const [run, other] = instructionsIn(tree, selection);
  if (run === undefined || other !== undefined) return [];
  const parts = partsOf(tree, run);
  if (parts === undefined || parts.slice(0, -1).some(changesShell)) return [];
  const flags = flagText(tree, run);
  const end = lineEnd(tree.text);
  const text = parts.map((part) => `${run.keyword}${flags} ${part}`).join(end);
  return [
    {
      kind: 'refactor.rewrite.split',
      title: `Split into ${parts.length} RUN instructions`,
      edits: [replace(run.span, text)],
    },
  ];
};

/** `set -e` keeps what `&&` did: the first command that fails ends the step. */
export const toHeredoc: Refactor = (tree, selection): readonly Refactoring[] => {
  const [run, other] = instructionsIn(tree, selection);
  if (run === undefined || other !== undefined) return [];
  const parts = partsOf(tree, run);
  if (parts === undefined || parts.some(outlivesErrors)) return [];
  const name = ['EOF', 'EOT', 'END', 'SCRIPT'].find((one) => !parts.includes(one));
  if (name === undefined) return [];
  const lines = [`${run.keyword}${flagText(tree, run)} <<${name}`, 'set -e', ...parts, name];
  return [
    {
      kind: 'refactor.rewrite.heredoc',
      title: 'Write the command as a heredoc',
      edits: [replace(run.span, lines.join(lineEnd(tree.text)))],
    },
  ];
};

/** The commands of a RUN that consists of several. */
function partsOf(tree: SyntaxTree, run: Instruction): string[] | undefined {
  if (commandOf(tree, run) === undefined || !hasPosixShell(tree)) return undefined;
  if (hasInnerComments(tree, run)) return undefined;
  const parts = andParts(run.args[0] ?? '');
  return parts.length > 1 ? parts : undefined;
}

const lineEnd = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');
