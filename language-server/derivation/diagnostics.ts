/**
 * Checks of one derivation file: syntax, order and duplicates from the file alone; names and
 * output paths from its contents and those of its inputs.
 */
import { textOf, type ByteString } from './byte-string';
import type { Closure } from './closure';
import { outputKind, type Derivation } from './derivation';
import { contentAddressFaults } from './content-address-faults';
import { diagnostic, type DerivationDiagnostic, type DiagnosticCode } from './diagnostic';
import { expectedOutputPaths, ModuloHashes } from './hash-modulo';
import type { ParsedDerivation } from './parse';
import { moduloHashesOf } from './outputs';
import {
  baseName,
  derivationNameOf,
  derivationPath,
  parseStorePath,
  storeDirOf,
} from './store-path';
import type { DerivationSyntax, StringNode } from './syntax';

export type DerivationFile = {
  /** Its store path, or any path that ends in the file's name. */
  readonly path: ByteString;
  readonly bytes: Uint8Array;
  readonly parsed: ParsedDerivation;
};

/**
 * Everything found in a file. Without a closure the inputs are not looked at, and output paths are
 * checked only where they do not depend on inputs. Who checks many files of one closure passes its
 * hashes, so that each is computed once.
 */
export function derivationDiagnostics(
  file: DerivationFile,
  closure?: Closure,
  hashes = closure === undefined ? new ModuloHashes(() => undefined) : moduloHashesOf(closure),
): DerivationDiagnostic[] {
  const { derivation, syntax, errors } = file.parsed;
  const found = errors.map((error) => diagnostic(error.kind, error, error.message));
  if (derivation === undefined) return found;
  found.push(
    ...listFaults(syntax),
    ...pathFaults(syntax),
    ...contentAddressFaults(syntax),
    ...nameFaults(file, derivation),
    ...outputFaults(file, derivation, hashes),
  );
  if (closure !== undefined) found.push(...inputFaults(syntax, closure));
  return found.sort((left, right) => left.start - right.start || left.end - right.end);
}

/** The lists that Nix keeps sorted and unique, and what a repeated element is. */
const SORTED_LISTS: readonly {
  readonly what: string;
  readonly duplicate: DiagnosticCode;
  readonly keys: (syntax: DerivationSyntax) => readonly StringNode[];
}[] = [
  {
    what: 'output',
    duplicate: 'duplicate-output',
    keys: (syntax) => syntax.outputs.map((output) => output.name),
  },
  {
    what: 'input derivation',
    duplicate: 'duplicate-input',
    keys: (syntax) => syntax.inputDrvs.map((input) => input.path),
  },
  { what: 'source', duplicate: 'duplicate-input', keys: (syntax) => syntax.inputSrcs },
  {
    what: 'environment variable',
    duplicate: 'duplicate-variable',
    keys: (syntax) => syntax.env.map((entry) => entry.name),
  },
];

/** Whether a list is sorted and holds nothing twice, as those that Nix writes. */
function isAscending(nodes: readonly StringNode[]): boolean {
  for (let at = 1; at < nodes.length; at++) {
    if ((nodes[at - 1]?.value ?? '') >= (nodes[at]?.value ?? '')) return false;
  }
  return true;
}

function listFaults(syntax: DerivationSyntax): DerivationDiagnostic[] {
  const found: DerivationDiagnostic[] = [];
  for (const { what, duplicate, keys } of SORTED_LISTS) {
    const nodes = keys(syntax);
    if (isAscending(nodes)) continue;
    const seen = new Set<ByteString>();
    let largest = '';
    let disorderTold = false;
    for (const key of nodes) {
      const name = textOf(key.value);
      if (seen.has(key.value))
        found.push(diagnostic(duplicate, key, `${what} '${name}' is given twice`));
      else if (key.value < largest && !disorderTold) {
        disorderTold = true;
        found.push(
          diagnostic('unsorted', key, `${what} '${name}' is out of order: Nix writes them sorted`),
        );
      }
      seen.add(key.value);
      if (key.value > largest) largest = key.value;
    }
  }
  if (syntax.outputs.length === 0) {
    found.push(
      diagnostic('no-outputs', syntax.fields.outputs ?? syntax, 'a derivation needs an output'),
    );
  }
  return found;
}

function pathFaults({ outputs, inputDrvs, inputSrcs }: DerivationSyntax): DerivationDiagnostic[] {
  const found: DerivationDiagnostic[] = [];
  let storeDir: ByteString | undefined;
  const check = (node: StringNode, isDerivation: boolean): void => {
    const path = parseStorePath(node.value);
    if (path === undefined) {
      found.push(diagnostic('invalid-path', node, `'${textOf(node.value)}' is not a store path`));
      return;
    }
    storeDir ??= path.storeDir;
    if (path.storeDir !== storeDir) {
      found.push(
        diagnostic(
          'foreign-store',
          node,
          `'${textOf(node.value)}' lies in another store than the outputs, ${textOf(storeDir)}`,
        ),
      );
    }
    if (isDerivation && !path.name.endsWith('.drv')) {
      found.push(diagnostic('invalid-path', node, `'${textOf(node.value)}' is not a derivation`));
    }
  };
  for (const { path } of outputs) if (path.value !== '') check(path, false);
  for (const { path } of inputDrvs) check(path, true);
  for (const source of inputSrcs) check(source, false);
  return found;
}

function nameFaults(file: DerivationFile, derivation: Derivation): DerivationDiagnostic[] {
  const base = baseName(file.path);
  const name = derivationNameOf(base);
  const whole = { start: 0, end: Math.min(file.bytes.length, 'Derive'.length) };
  if (name === undefined) return [];
  const expected = baseName(derivationPath(file.bytes, derivation, name, storeDirOf(derivation)));
  if (expected === base) return [];
  return [
    diagnostic(
      'wrong-derivation-name',
      whole,
      `the contents belong to ${textOf(expected)}, not to ${textOf(base)}`,
    ),
  ];
}

function outputFaults(
  file: DerivationFile,
  derivation: Derivation,
  hashes: ModuloHashes,
): DerivationDiagnostic[] {
  const name = derivationNameOf(baseName(file.path));
  if (name === undefined) return [];
  const expected = expectedOutputPaths(derivation, name, storeDirOf(derivation), hashes);
  return file.parsed.syntax.outputs.flatMap((output, index) => {
    const value = derivation.outputs[index];
    const right = expected.get(output.name.value);
    if (value === undefined || right === undefined || right === output.path.value) return [];
    const why =
      outputKind(value) === 'fixed' ? 'its fixed hash' : 'the contents of this derivation';
    const message = `output '${textOf(output.name.value)}' must be ${textOf(right)} by ${why}`;
    const found = diagnostic('wrong-output-path', output.path, message);
    const wrong = output.path.value;
    return [wrong === '' ? found : { ...found, replacement: { wrong, right } }];
  });
}

function inputFaults(syntax: DerivationSyntax, closure: Closure): DerivationDiagnostic[] {
  const found: DerivationDiagnostic[] = [];
  const cycles = closure.cyclic.size > 0;
  for (const { path, selection } of syntax.inputDrvs) {
    const name = (): string => textOf(baseName(path.value));
    if (cycles && closure.cyclic.has(path.value)) {
      found.push(diagnostic('input-cycle', path, `${name()} depends on itself`));
    }
    const input = closure.derivations.get(path.value);
    if (input === undefined) {
      found.push(diagnostic('missing-input', path, `${name()} is not in the store`));
    } else if (input.derivation === undefined) {
      const [error] = input.errors;
      const reason = error === undefined ? '' : `: ${error.message} at byte ${error.start}`;
      found.push(diagnostic('unreadable-input', path, `${name()} cannot be read${reason}`));
    } else {
      const { outputs } = input.derivation;
      for (const output of selection.outputs) {
        if (outputs.some((each) => each.name === output.value)) continue;
        const message = `${name()} has no output '${textOf(output.value)}'`;
        found.push(diagnostic('missing-input-output', output, message));
      }
    }
  }
  for (const source of syntax.inputSrcs) {
    const loaded = closure.sources.get(source.value);
    if (loaded !== undefined && loaded.references === undefined) {
      const message = `${textOf(baseName(source.value))} is not in the store`;
      found.push(diagnostic('missing-source', source, message));
    }
  }
  return found;
}
