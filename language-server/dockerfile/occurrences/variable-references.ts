/** Where variables are used: `$NAME` and `${NAME…}`, in an instruction and in heredocs that expand. */
import { LogicalLine } from '../parser/logical-line';
import type { EscapeToken, Instruction, SyntaxTree } from '../parser/syntax-tree';
import type { Span } from '../text/span';
import { moved } from '../parser/placed-instruction';
import { argumentSpan, joinedText } from './joined-text';
import { perInstruction } from './per-instruction';

export type VariableReference = {
  readonly name: string;
  /** The name alone. */
  readonly span: Span;
  /** With the dollar sign and the braces; a form with braces that never close ends with the name. */
  readonly whole: Span;
  /** What follows the name between the braces, e.g. `:-`; empty without. */
  readonly modifier: string;
};

/** Instructions whose single quotes keep a `$` from being expanded, because no shell reads them. */
const quoting = new Set<string | undefined>([
  'add',
  'arg',
  'copy',
  'env',
  'expose',
  'label',
  'stopsignal',
  'user',
  'volume',
  'workdir',
]);

/** The references of an instruction in the order of the text, heredoc bodies last. */
export const variableReferences = perInstruction(readReferences, (reference, by) => ({
  ...reference,
  span: moved(reference.span, by),
  whole: moved(reference.whole, by),
}));

function readReferences(tree: SyntaxTree, instruction: Instruction): VariableReference[] {
  const { text, escape } = tree;
  const span = argumentSpan(tree, instruction);
  const subject = instruction.trigger ?? instruction;
  const found: VariableReference[] = [];
  const dollar = text.indexOf('$', span.start);
  if (dollar >= 0 && dollar < span.end) {
    const line = joinedText(text, escape, span);
    found.push(...scan(line, escape, quoting.has(subject.name) && !subject.json));
  }
  for (const { body, expand, content } of instruction.heredocs) {
    const isScript = subject.name === 'run' && /^\s*<<-?\s*\S+\s*$/.test(subject.args[0] ?? '');
    if ((expand || isScript) && content.includes('$')) {
      found.push(...scan(bodyText(text, body, isScript), '\\', false));
    }
  }
  return found;
}

/** A heredoc's lines as they are; of a script without its comments. */
function bodyText(source: string, { start, end }: Span, isScript: boolean): LogicalLine {
  const lines = new LogicalLine();
  for (let at = start; at < end;) {
    const next = Math.min(end, source.indexOf('\n', at) + 1 || end);
    const line = source.slice(at, next);
    if (!isScript || !/^\s*#/.test(line)) lines.append(line, at);
    at = next;
  }
  return lines;
}

function scan(line: LogicalLine, escape: EscapeToken, singleQuotes: boolean): VariableReference[] {
  const { text } = line;
  const found: VariableReference[] = [];
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const unit = text[at] ?? '';
    if (unit === escape && quote !== "'") at++;
    else if (singleQuotes && (unit === "'" || unit === '"')) {
      if (quote === '') quote = unit;
      else if (quote === unit) quote = '';
    } else if (unit === '$' && quote !== "'") {
      const match = /^\$(\{?)([A-Za-z_]\w*)/.exec(text.slice(at, at + longestName));
      if (match === null) continue;
      const [matched, brace = '', name = ''] = match;
      const start = at + 1 + brace.length;
      const nameEnd = start + name.length;
      const close = brace === '' ? nameEnd : closingBrace(text, nameEnd);
      found.push({
        name,
        span: line.spanOf(start, nameEnd),
        whole: line.spanOf(at, close),
        modifier:
          brace === '' ? '' : (/^(?::?[-+?]|##?|%%?|\/\/?)/.exec(text.slice(nameEnd))?.[0] ?? ''),
      });
      at += matched.length - 1;
    }
  }
  return found;
}

/** Longer names are cut, so that a text without an end costs no more than its length. */
const longestName = 512;

/** The offset behind the brace that closes the one before a name; the name's end without one. */
function closingBrace(text: string, nameEnd: number): number {
  let depth = 1;
  for (let at = nameEnd; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at + 1;
  }
  return nameEnd;
}
