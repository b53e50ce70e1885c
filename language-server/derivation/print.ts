/** The `.drv` printer: the exact bytes that Nix writes for a derivation. */
import { bytesOf, type ByteString } from './byte-string';
import type { Derivation, OutputSelection } from './derivation';

const ESCAPED: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
const ANY_ESCAPE = /["\\\n\r\t]/;
const NEEDS_ESCAPE = /["\\\n\r\t]/g;

/** A string as the format writes it, in quotes. */
function quoted(text: ByteString): ByteString {
  if (!ANY_ESCAPE.test(text)) return `"${text}"`;
  return `"${text.replace(NEEDS_ESCAPE, (letter) => ESCAPED[letter] ?? letter)}"`;
}

function list<T>(elements: readonly T[], print: (element: T) => ByteString): ByteString {
  let text = '[';
  for (const element of elements) text += text === '[' ? print(element) : `,${print(element)}`;
  return `${text}]`;
}

function selection({ outputs, dynamic }: OutputSelection): ByteString {
  const plain = list(outputs, quoted);
  if (dynamic === undefined) return plain;
  const inner = list(dynamic, (entry) => `(${quoted(entry.name)},${selection(entry.selection)})`);
  return `(${plain},${inner})`;
}

/** The text of a derivation as a byte string; lists are written in the order they have. */
export function derivationText(derivation: Derivation): ByteString {
  const { version, outputs, inputDrvs, inputSrcs, system, builder, args, env } = derivation;
  const head = version === undefined ? 'Derive(' : `DrvWithVersion(${quoted(version)},`;
  const fields = [
    list(
      outputs,
      ({ name, path, hashAlgorithm, hash }) =>
        `(${quoted(name)},${quoted(path)},${quoted(hashAlgorithm)},${quoted(hash)})`,
    ),
    list(inputDrvs, (input) => `(${quoted(input.path)},${selection(input)})`),
    list(inputSrcs, quoted),
    quoted(system),
    quoted(builder),
    list(args, quoted),
    list(env, ({ name, value }) => `(${quoted(name)},${quoted(value)})`),
  ];
  return `${head}${fields.join(',')})`;
}

/** The bytes of a derivation's file: `printDerivation(parse(x))` equals `x` for what Nix wrote. */
export function printDerivation(derivation: Derivation): Uint8Array {
  return bytesOf(derivationText(derivation));
}
