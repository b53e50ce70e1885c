/**
 * BuildKit's own ways to silence a rule: the `# check=` directive of the file, and a `# check=`
 * comment above an instruction. An existing one is added to.
 */
import type { Comment, SyntaxTree } from '../../parser/syntax-tree';
import type { Span } from '../../text/span';
import { parseLintConfig } from '../linter';
import { ruleNamed } from '../rules';
import type { LintWarning } from '../warning';
import { insert, instructionAt, replace, wholeLines, type TextEdit } from './fix';

/** Undefined for experimental rules: `skip` does not reach them. */
export function ignoreInFile(tree: SyntaxTree, { rule }: LintWarning): TextEdit[] | undefined {
  if (isExperimental(rule)) return undefined;
  const check = tree.directives.find(({ name }) => name === 'check');
  if (check !== undefined) {
    // What follows the first space is not read.
    const [value = ''] = check.value.split(' ');
    const { start } = check.valueSpan;
    return addTo({ start, end: start + value.length }, value, rule);
  }
  const last = tree.directives.at(-1);
  const line = `# check=skip=${rule}`;
  if (last !== undefined) return [insert(last.span.end, `${lineEnd(tree)}${line}`)];
  const start = tree.text.startsWith('\uFEFF') ? 1 : 0;
  return [insert(start, `${line}${lineEnd(tree)}`)];
}

/** Undefined where a comment above the instruction has no effect. */
export function ignoreOnInstruction(
  tree: SyntaxTree,
  { rule, spans }: LintWarning,
): TextEdit[] | undefined {
  const [span] = spans;
  const found = span === undefined ? undefined : instructionAt(tree, span.start);
  if (found === undefined || isExperimental(rule) || ruleNamed(rule)?.reach === 'file')
    return undefined;
  const { outer } = found;
  const block = commentsAbove(tree, outer.span.start, outer.comments.length);
  for (const comment of block) {
    const text = tree.text.slice(comment.start, comment.end);
    const match = /^#\s*check\s*=\s*(\S+)/i.exec(text);
    if (match?.[1] === undefined) continue;
    // BuildKit passes over a comment that it cannot read, and over all that follow.
    if (!isReadable(match[1])) return undefined;
    const end = comment.start + match[0].length;
    return addTo({ start: end - match[1].length, end }, match[1], rule);
  }
  const place = block[0] ?? outer.span;
  const { start } = wholeLines(tree.text, place);
  const line = `# check=skip=${rule}${lineEnd(tree)}`;
  // At the top of the file it would be a directive for all of it; an empty comment ends those.
  const isTop =
    tree.directives.every(({ span: { end } }) => end <= start) && onlyBlank(tree, start);
  return [insert(start, isTop ? `#${lineEnd(tree)}${line}` : line)];
}

function isReadable(value: string): boolean {
  try {
    parseLintConfig(value);
    return true;
  } catch {
    return false;
  }
}

const isExperimental = (name: string): boolean => ruleNamed(name)?.experimental === true;

/** Nothing but directives stands before an offset. */
function onlyBlank(tree: SyntaxTree, offset: number): boolean {
  const from = tree.directives.at(-1)?.span.end ?? 0;
  return tree.text.slice(from, offset).replace('\uFEFF', '').trim() === '';
}

/** The last `count` comments before an offset: the block that belongs to an instruction. */
function commentsAbove(tree: SyntaxTree, offset: number, count: number): readonly Comment[] {
  const before = tree.comments.filter(({ end }) => end <= offset);
  return count === 0 ? [] : before.slice(-count);
}

function addTo(span: Span, value: string, rule: string): TextEdit[] {
  const skip = /(?:^|;)\s*skip\s*=\s*([^;]*)/i.exec(value);
  if (skip === null) return [insert(span.start, `skip=${rule};`)];
  const at = span.start + skip.index + skip[0].trimEnd().length;
  const isEmpty = skip[1]?.trim() === '';
  return [replace({ start: at, end: at }, isEmpty ? rule : `,${rule}`)];
}

const lineEnd = (tree: SyntaxTree): string => (tree.text.includes('\r\n') ? '\r\n' : '\n');
