/** A look at a shell command that is enough to take it apart without changing its meaning. */
import { argumentSpan } from '../occurrences/joined-text';
import type { Instruction, SyntaxTree } from '../parser/syntax-tree';
import type { Span } from '../text/span';

/** The source of a RUN's command, behind the flags; undefined where it is not a plain shell form. */
export function commandOf(tree: SyntaxTree, run: Instruction): Span | undefined {
  if (run.name !== 'run' || run.json || run.heredocs.length > 0) return undefined;
  const [command] = run.words;
  if (run.problem !== undefined || command === undefined) return undefined;
  const { end } = argumentSpan(tree, run);
  return { start: command.start, end: Math.max(command.end, end) };
}

/** Flags as written, each with a blank before it. */
export function flagText(tree: SyntaxTree, { flags }: Instruction): string {
  return flags.map(({ start, end }) => ` ${tree.text.slice(start, end)}`).join('');
}

/**
 * The parts between `&&` that are outside quotes, brackets and substitutions; one part when there is
 * none, or when another operator at the same level would change what the split means.
 */
export function andParts(command: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let start = 0;
  for (let at = 0; at < command.length; at++) {
    const mark = command.charAt(at);
    if (mark === '\\' && quote !== "'") at++;
    else if (quote !== '') quote = mark === quote ? '' : quote;
    else if (mark === '"' || mark === "'" || mark === '`') quote = mark;
    else if (mark === '(' || mark === '{' || command.startsWith('[[', at)) depth++;
    else if (mark === ')' || mark === '}' || command.startsWith(']]', at)) depth--;
    else if (depth > 0) continue;
    else if (command.startsWith('&&', at)) {
      parts.push(command.slice(start, at).trim());
      at++;
      start = at + 1;
    } else if (mark === ';' || mark === '#' || command.startsWith('||', at))
      return [command.trim()];
    else if (mark === '&' && command.charAt(at - 1) !== '>' && command.charAt(at + 1) !== '>') {
      return [command.trim()];
    }
  }
  parts.push(command.slice(start).trim());
  const isWhole = depth === 0 && quote === '' && parts.every((part) => part !== '');
  const opensBlock = /^(?:if|for|while|until|case|function)\b/;
  return isWhole && !parts.some((part) => opensBlock.test(part)) ? parts : [command.trim()];
}

/** Programs inside the shell whose effect ends with it, so that they belong to what follows. */
const changers =
  /^(?:cd|pushd|popd|export|set|unset|\.|source|alias|unalias|umask|ulimit|exec|exit|return|trap|shopt|read|declare|typeset|local|readonly|eval|getopts|hash|enable)$/;
const assignment = /^[A-Za-z_]\w*\+?=/;
const wrappers = new Set(['command', 'builtin', 'time', '!', '{']);

/** Commands whose effect ends with their shell, or that end it. */
export function changesShell(command: string): boolean {
  // A function, or several lines of which only the first would be looked at.
  if (/^[\w-]+\s*\(\s*\)/.test(command) || command.includes('\n')) return true;
  const words = command.trim().split(/\s+/);
  const first = words.findIndex((word) => !assignment.test(word) && !wrappers.has(word));
  const program = words[first];
  if (program === undefined) return true;
  // Assignments of a single word end before it; a quoted blank makes this one look like a program.
  const isUnsure = first > 0 && /["'`$]/.test(words.slice(0, first).join(' '));
  return isUnsure || changers.test(program.replace(/["'\\]/g, ''));
}

/** Whether a command is joined by `&&` alone, so that more may stand before and behind it. */
export function isAndList(command: string): boolean {
  return andParts(`${command.trim()} && true`).length > 1;
}

/** What `set -e` does not end a script for, though `&&` would. */
export const outlivesErrors = (command: string): boolean => /^[!{](?:\s|$)/.test(command);

const posixShell = /(?:^|\/)(?:ba|da|a|z|k)?sh$/;

/** Whether RUNs are read by a shell like Bourne's, as far as the file says. */
export function hasPosixShell({ escape, instructions }: SyntaxTree): boolean {
  // Files for Windows escape with a backtick.
  if (escape !== '\\') return false;
  return instructions.every(({ name, args: [first = ''] }) => {
    if (name === 'shell') return posixShell.test(first);
    return name !== 'from' || !/windows|nanoserver/i.test(first);
  });
}

/** Whether comments stand between the lines of an instruction: they would be lost. */
export function hasInnerComments({ comments }: SyntaxTree, { span }: Instruction): boolean {
  return comments.some(({ start }) => start > span.start && start < span.end);
}
