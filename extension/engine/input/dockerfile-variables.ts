/**
 * Giving a variable of a Dockerfile another value: an ARG from outside, an ENV by another text.
 *
 * The text keeps its lines, so every other place in it stays what it was.
 */
import type { Instruction, SyntaxTree } from '../../../language-server/dockerfile/index';
import type { Assignment } from './build-input';

/** @param line the statement that the variable was seen at; what it sets itself counts */
export function assignVariable(
  tree: SyntaxTree,
  name: string,
  value: string,
  line: number,
): Assignment {
  const above = tree.instructions.filter(({ lines }) => lines.first <= line);
  const setter = above.findLast(
    (one) => one.name === 'env' && keysOf(one).some(({ key }) => key === name),
  );
  if (setter !== undefined) return rewritten(tree, setter, name, value);
  const declared = above.some(
    (one) => one.name === 'arg' && one.args.some((arg) => arg.split('=')[0] === name),
  );
  if (declared) return { kind: 'argument', name, value };
  return {
    kind: 'refused',
    message: `${name} is set by the base image. To change it, add "ENV ${name}=…" to the file.`,
  };
}

type Pair = { readonly key: string; readonly legacy: boolean };

/** ENV's arguments come as triples of key, value and `=` (or nothing for the old form). */
function keysOf({ args }: Instruction): Pair[] {
  const pairs: Pair[] = [];
  for (let at = 0; at + 2 < args.length; at += 3) {
    pairs.push({ key: args[at] ?? '', legacy: args[at + 2] === '' });
  }
  return pairs;
}

function rewritten(tree: SyntaxTree, node: Instruction, name: string, value: string): Assignment {
  if (/[\r\n]/.test(value)) {
    return { kind: 'refused', message: `${name} is set by ENV, which takes one line only.` };
  }
  const literal = quoted(value, tree.escape);
  const pair = keysOf(node).findLast(({ key }) => key === name);
  if (pair?.legacy === true) {
    const start = node.words[0]?.start ?? node.span.start;
    return splice(tree, start, node.span.end, `${name}=${literal}`, node);
  }
  const word = node.words.findLast(({ text }) => text.startsWith(`${name}=`));
  if (word === undefined) {
    return { kind: 'refused', message: `The ENV that sets ${name} cannot be changed in place.` };
  }
  return splice(tree, word.start, word.end, `${name}=${literal}`, node);
}

/** Puts new text in place and keeps the number of lines. */
function splice(
  { text, escape }: SyntaxTree,
  start: number,
  end: number,
  replacement: string,
  { lines }: Instruction,
): Assignment {
  const lost = text.slice(start, end).split('\n').length - 1;
  if (lost > 0 && lines.first === lines.last) {
    return { kind: 'refused', message: 'This ENV cannot be changed in place.' };
  }
  const filler = `${escape}\n`.repeat(lost);
  return {
    kind: 'text',
    text: `${text.slice(0, start)}${filler}${replacement}${text.slice(end)}`,
  };
}

/** In double quotes, with everything taken literally. */
function quoted(value: string, escape: string): string {
  return `"${value.replaceAll(/["$\\`]/g, (one) => (one === '`' && escape !== '`' ? one : `${escape}${one}`))}"`;
}
