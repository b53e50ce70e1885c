/** What a place of a derivation file is about, as Markdown, for hovers. */
import { hexToBytes } from '@noble/hashes/utils.js';
import { textOf, type ByteString } from '../byte-string';
import type { Closure } from '../closure';
import {
  environmentValue,
  isFixedOutput,
  outputKind,
  type Derivation,
  type DerivationOutput,
} from '../derivation';
import { hashMethodOf } from '../hash-modulo';
import { baseName, derivationNameOf, parseStorePath } from '../store-path';
import { needsOf } from './needs';
import type { DerivationPlace, PathMention } from './place-at';
import { meaningOfVariable } from './variables';

export type DescribedFile = {
  /** The file's own store path. */
  readonly path: ByteString;
  readonly derivation: Derivation | undefined;
  /** Absent where the store cannot be read. */
  readonly closure: Closure | undefined;
};

/** Longer values are cut. */
const MOST_CHARACTERS = 4000;

/** Paragraphs of Markdown; none for a place that says all there is. */
export function describePlace(
  file: DescribedFile,
  place: DerivationPlace,
  mention: PathMention | undefined,
): readonly string[] {
  switch (place.kind) {
    case 'file':
      return file.derivation === undefined ? [] : describeDerivation(file, file.path);
    case 'output': {
      const output = file.derivation?.outputs.find(({ name }) => name === place.node.name.value);
      return output === undefined ? [] : describeOutput(output);
    }
    case 'input': {
      const used = place.node.selection.outputs.map(({ value }) => `\`${textOf(value)}\``);
      return [...describeDerivation(file, place.node.path.value), `Used: ${used.join(', ')}.`];
    }
    case 'source':
      return describePath(file, place.node.value);
    case 'system':
      return [`Built on **${textOf(place.node.value)}**.`];
    case 'builder':
      return [
        `**${textOf(baseName(place.node.value))}** is run to make the outputs.`,
        ...(mention === undefined ? [] : describePath(file, mention.path)),
      ];
    case 'argument':
    case 'variable': {
      if (mention !== undefined) return describePath(file, mention.path);
      const node = place.kind === 'argument' ? place.node : place.node.value;
      return [...titleOf(file, place), fenced(textOf(node.value))];
    }
  }
}

function titleOf(
  { derivation }: DescribedFile,
  place: Extract<DerivationPlace, { readonly kind: 'argument' | 'variable' }>,
): string[] {
  if (place.kind === 'argument') return [`Argument ${place.index + 1} of the builder`];
  const name = textOf(place.node.name.value);
  const isOutput = derivation?.outputs.some((output) => output.name === place.node.name.value);
  const meaning = isOutput === true ? 'Where this output is made.' : meaningOfVariable(name);
  return [`**${name}**${meaning === undefined ? '' : `: ${meaning}`}`];
}

function describeOutput(output: DerivationOutput): string[] {
  const { name, path, hash, hashAlgorithm } = output;
  const title = `Output **${textOf(name)}**`;
  const place = path === '' ? [] : [`\`${textOf(path)}\``];
  const { method, algorithm } = hashMethodOf(hashAlgorithm);
  switch (outputKind(output)) {
    case 'input-addressed':
      return [`${title}, named by what it is made from.`, ...place];
    case 'deferred':
      return [`${title}: its path is known once its inputs are built.`];
    case 'floating':
      return [`${title}, named by what it holds (${method}, ${textOf(algorithm)}).`];
    case 'impure':
      return [`${title}, never reused: its contents may differ from build to build.`];
    case 'fixed':
      return [
        `${title}, whose contents are fixed (${method}):`,
        `\`${sri(algorithm, hash)}\``,
        ...place,
      ];
  }
}

/** A hash as Nix writes it today. */
function sri(algorithm: ByteString, hex: ByteString): string {
  if (!/^(?:[0-9a-f]{2})+$/.test(hex)) return textOf(`${algorithm}:${hex}`);
  return textOf(`${algorithm}-${btoa(String.fromCharCode(...hexToBytes(hex)))}`);
}

/** Something in the store: an input's output, a source, another derivation. */
export function describePath(file: DescribedFile, path: ByteString): string[] {
  const { closure, derivation } = file;
  if (path.endsWith('.drv')) return describeDerivation(file, path);
  const own = derivation?.outputs.find((output) => output.path === path);
  if (own !== undefined) return describeOutput(own);
  for (const made of closure?.derivations.values() ?? []) {
    const output = made.derivation?.outputs.find((each) => each.path === path);
    if (output !== undefined) {
      const name = textOf(output.name);
      return [`Output \`${name}\` of:`, ...describeDerivation(file, made.path)];
    }
  }
  const name = parseStorePath(path)?.name;
  const source = closure?.sources.get(path);
  if (name === undefined || source === undefined) return [`\`${textOf(path)}\``];
  const { references } = source;
  if (references === undefined) return [`Source **${textOf(name)}**, which is not in the store.`];
  const count = references.length;
  const refers = count === 0 ? 'It refers to nothing.' : `It refers to ${counted(count, 'path')}.`;
  return [`Source **${textOf(name)}**`, `\`${textOf(path)}\``, refers];
}

function describeDerivation(
  { path: own, derivation: ownOne, closure }: DescribedFile,
  path: ByteString,
): string[] {
  const name = textOf(derivationNameOf(path) ?? baseName(path));
  const derivation = path === own ? ownOne : closure?.derivations.get(path)?.derivation;
  if (derivation === undefined) {
    const missing = closure?.missing.has(path) === true;
    return [
      `Derivation **${name}**${missing ? ', which is not in the store' : ''}`,
      `\`${textOf(path)}\``,
    ];
  }
  const outputs = derivation.outputs.map((output) => `\`${textOf(output.name)}\``).join(', ');
  const url = environmentValue(derivation, 'url') ?? environmentValue(derivation, 'urls');
  const lines = [
    `Derivation **${name}** for ${textOf(derivation.system)}`,
    `\`${textOf(path)}\``,
    `Outputs: ${outputs}. Built by \`${textOf(baseName(derivation.builder))}\`.`,
  ];
  if (isFixedOutput(derivation) && url !== undefined) lines.push(`Downloaded from ${textOf(url)}`);
  if (closure !== undefined) {
    const { derivations, sources } = needsOf(closure, path);
    const direct = derivation.inputDrvs.length;
    lines.push(
      `Needs ${counted(derivations, 'derivation')} (${direct} directly) and ${counted(sources, 'source')}.`,
    );
  }
  return lines;
}

const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`;

/** A value in a block that no line of it can end. */
function fenced(text: string): string {
  const shown = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}\n…` : text;
  const longest = Math.max(2, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${shown}\n${fence}`;
}
