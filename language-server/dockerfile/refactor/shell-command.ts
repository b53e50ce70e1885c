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
    else if (mark === '(' || mark === '{') depth++;
    else if (mark === ')' || mark === '}') depth--;
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

/** Commands whose effect ends with their shell, so that they belong to what follows. */
export const changesShell = (command: string): boolean =>
  /^(?:cd|export|set|unset|\.|source|alias|umask|ulimit|exec|trap|shopt|[A-Za-z_]\w*=\S*$)(?:\s|$)/.test(
    command,
  );
