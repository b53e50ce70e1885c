/**
 * A derivation as text for people: YAML, with values of several lines as blocks, so that scripts read
 * as they were written. What Nix keeps is the file itself; nothing reads this back.
 */
import { textOf, type ByteString } from '../byte-string';
import { outputKind, type Derivation, type OutputSelection } from '../derivation';
import { hashMethodOf } from '../hash-modulo';
import { derivationNameOf } from '../store-path';
import { meaningOfVariable } from './variables';

/** @param path where the derivation lies */
export function readableDerivation(path: ByteString, derivation: Derivation): string {
  const lines: string[] = [`# ${textOf(path)}`];
  const name = derivationNameOf(path);
  if (name !== undefined) lines.push(`name: ${scalar(textOf(name), 0)}`);
  lines.push(`system: ${scalar(textOf(derivation.system), 0)}`);
  lines.push('outputs:');
  for (const output of derivation.outputs) {
    const { path: at, hash, hashAlgorithm } = output;
    const kind = outputKind(output);
    const { method, algorithm } = hashMethodOf(hashAlgorithm);
    lines.push(`  ${key(output.name)}:`, `    kind: ${kind}`);
    if (at !== '') lines.push(`    path: ${scalar(textOf(at), 4)}`);
    if (hashAlgorithm !== '')
      lines.push(`    hash: ${scalar(textOf(`${method} ${algorithm} ${hash}`).trim(), 4)}`);
  }
  lines.push(
    ...section(
      'derivations',
      derivation.inputDrvs.map((input) => `${key(input.path)}: ${selection(input)}`),
    ),
  );
  lines.push(
    ...section(
      'sources',
      derivation.inputSrcs.map((source) => `- ${scalar(textOf(source), 2)}`),
    ),
  );
  lines.push(`builder: ${scalar(textOf(derivation.builder), 0)}`);
  lines.push(
    ...section(
      'arguments',
      derivation.args.map((argument) => `- ${scalar(textOf(argument), 4)}`),
    ),
  );
  lines.push(
    ...section(
      'environment',
      derivation.env.flatMap((entry) => {
        const meaning = meaningOfVariable(textOf(entry.name));
        const line = `${key(entry.name)}: ${scalar(textOf(entry.value), 4)}`;
        return meaning === undefined ? [line] : [`# ${meaning}`, line];
      }),
    ),
  );
  return `${lines.join('\n')}\n`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
}

function selection({ outputs, dynamic = [] }: OutputSelection): string {
  const inner = dynamic.map((each) => `{ ${key(each.name)}: ${selection(each.selection)} }`);
  return `[${[...outputs.map((output) => scalar(textOf(output), 0)), ...inner].join(', ')}]`;
}

const PLAIN = /^[A-Za-z0-9_/.][A-Za-z0-9_/.+=?-]*$/;
/** What YAML takes for something else than a text. */
const TAKEN = /^(?:true|false|yes|no|on|off|null|~|y|n|[-+.]?[0-9][0-9a-fA-FxoeE_.+-]*)$/i;
/** What a block cannot hold as it is. */
const UNPRINTABLE = /[^\t\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]|\ufeff/;

const key = (name: ByteString): string => scalar(textOf(name), 0);

/** @param indent columns that a block's lines stand in */
function scalar(text: string, indent: number): string {
  if (PLAIN.test(text) && !TAKEN.test(text)) return text;
  const isBlock =
    indent > 0 && text.includes('\n') && !UNPRINTABLE.test(text) && !/^[\s#]/.test(text);
  if (!isBlock) return JSON.stringify(text);
  const [, trailing = ''] = /(\n*)$/.exec(text) ?? [];
  const keep = trailing === '' ? '-' : trailing === '\n' ? '' : '+';
  const body = text.slice(0, text.length - (keep === '-' ? 0 : 1));
  const lines = body.split('\n').map((line) => (line === '' ? '' : `${' '.repeat(indent)}${line}`));
  return `|${keep}\n${lines.join('\n')}`;
}
