/** Where variables are named: the names in ARG and ENV, and what they are set to. */
import { splitWords } from '../parser/arguments';
import type { Instruction, SyntaxTree, Word } from '../parser/syntax-tree';
import type { Span } from '../text/span';
import { moved } from '../parser/placed-instruction';
import { joinedText } from './joined-text';
import { perInstruction } from './per-instruction';

export type VariableDefinition = {
  readonly name: string;
  readonly kind: 'arg' | 'env';
  /** The name alone. */
  readonly span: Span;
  /** The value as it stands, quotes and references included; undefined for an ARG without one. */
  readonly value: string | undefined;
  readonly valueSpan: Span | undefined;
  /** The whole `NAME=value`. */
  readonly whole: Span;
};

export const variableDefinitions = perInstruction(readDefinitions, (definition, by) => ({
  ...definition,
  span: moved(definition.span, by),
  valueSpan: definition.valueSpan && moved(definition.valueSpan, by),
  whole: moved(definition.whole, by),
}));

function readDefinitions(tree: SyntaxTree, instruction: Instruction): VariableDefinition[] {
  const subject = instruction.trigger ?? instruction;
  if (subject.name === 'arg') {
    return subject.words.flatMap((word) => nameAndValue(tree, word, 'arg'));
  }
  return subject.name === 'env' ? pairs(tree, subject) : [];
}

/** The pairs of ENV or LABEL. One that is still being typed may lack its equals sign. */
export function pairs(tree: SyntaxTree, instruction: Instruction): VariableDefinition[] {
  const words = instruction.problem === undefined ? instruction.words : typed(tree, instruction);
  const [first, second] = words;
  if (first !== undefined && !first.text.includes('=')) return [legacy(first, second)];
  return words.flatMap((word) => nameAndValue(tree, word, 'env'));
}

/** The words of arguments that BuildKit refuses. */
function typed(tree: SyntaxTree, { words }: Instruction): Word[] {
  const [first] = words;
  const last = words.at(-1);
  if (first === undefined || last === undefined) return [];
  const line = joinedText(tree.text, tree.escape, { start: first.start, end: last.end });
  return splitWords(line.text, tree.escape).map(({ text, start, end }) => ({
    text,
    ...line.spanOf(start, end),
  }));
}

/** `ENV name value`. */
function legacy(name: Word, value: Word | undefined): VariableDefinition {
  return {
    name: name.text,
    kind: 'env',
    span: { start: name.start, end: name.end },
    value: value?.text,
    valueSpan: value && { start: value.start, end: value.end },
    whole: { start: name.start, end: value?.end ?? name.end },
  };
}

function nameAndValue(tree: SyntaxTree, word: Word, kind: 'arg' | 'env'): VariableDefinition[] {
  const line = joinedText(tree.text, tree.escape, word);
  const { text } = line;
  const equals = text.indexOf('=');
  const end = equals < 0 ? text.length : equals;
  // Quotes around a whole name stay out of it.
  const quoted = /^(["']).*\1$/.test(text.slice(0, end)) ? 1 : 0;
  const name = text.slice(quoted, end - quoted);
  if (name === '') return [];
  return [
    {
      name,
      kind,
      span: line.spanOf(quoted, end - quoted),
      value: equals < 0 ? undefined : text.slice(equals + 1),
      valueSpan: equals < 0 ? undefined : line.spanOf(equals + 1, text.length),
      whole: { start: word.start, end: word.end },
    },
  ];
}
