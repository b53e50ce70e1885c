/**
 * What a derivation may ask for that cannot be done, here or by Nix itself. Each is reported with its
 * place; nothing is guessed and nothing silently left out.
 */
import { isPlainText, textOf, type ByteString } from '../byte-string';
import { environmentValue, isFixedOutput, outputKind, type Derivation } from '../derivation';
import { diagnostic, type DerivationDiagnostic } from '../diagnostic';
import { hashMethodOf } from '../hash-modulo';
import { optionsOf, referenceOf, words } from '../options';
import { BUILTINS } from '../runner/builtins';
import { storeDirOf } from '../store-path';
import type { DerivationSyntax, ByteRange } from '../syntax';

/** Features that any machine has; Nix offers them by default. */
const SYSTEM_FEATURES: readonly string[] = [
  'benchmark',
  'big-parallel',
  'nixos-test',
  'ca-derivations',
];

/** The features among those asked for that nobody offers. */
export function missingFeatures(
  asked: readonly ByteString[],
  offered: readonly string[] = [],
): ByteString[] {
  return asked.filter((each) => ![...SYSTEM_FEATURES, ...offered].includes(each));
}

/** What cannot be built as written, each at its field or variable. */
export function unsupportedFeatures(
  derivation: Derivation,
  syntax: DerivationSyntax,
  path: ByteString,
  bytes: Uint8Array,
): DerivationDiagnostic[] {
  const found: DerivationDiagnostic[] = [];
  const refuse = (range: ByteRange, what: string): void => {
    found.push(diagnostic('unsupported', range, what));
  };
  for (const node of syntax.outputs) {
    if (node.hashAlgorithm.value === '') continue;
    const { method, algorithm } = hashMethodOf(node.hashAlgorithm.value);
    if (method === 'git' && !['sha1', 'sha256'].includes(algorithm)) {
      const message = `Git file ingestion must use SHA-1 or SHA-256 hash, but instead using: ${algorithm}`;
      refuse(node.hashAlgorithm, message);
    } else if (method === 'text' && algorithm !== 'sha256') {
      // Nix 2.34 ends with an assertion there.
      refuse(node.hashAlgorithm, `text hashing must use SHA-256, but instead using: ${algorithm}`);
    }
  }
  const options = optionsOf(derivation);
  const json =
    options.attributes === undefined
      ? syntax.env.find((entry) => entry.name.value === '__json')
      : undefined;
  if (json !== undefined) {
    refuse(json.value, 'cannot process __json attribute: it is no JSON object');
  }
  if (options.outsideSandbox) {
    const at = syntax.env.find((entry) => entry.name.value === '__noChroot')?.name ?? syntax;
    const message = `derivation '${textOf(path)}' has '__noChroot' set, but that's not allowed when 'sandbox' is 'true'`;
    found.push(diagnostic('outside-sandbox', at, message));
  }
  for (const wanted of options.hostPaths) {
    const at = syntax.env.find((entry) => entry.value.value.includes(wanted))?.value ?? syntax;
    const message = `derivation '${textOf(path)}' requested impure path '${textOf(wanted)}', but it was not in allowed-impure-host-deps`;
    found.push(diagnostic('outside-sandbox', at, message));
  }
  found.push(
    ...exportFaults(derivation, syntax),
    ...builtinFaults(derivation, syntax),
    ...checkFaults(derivation, syntax, path),
    ...(isPlainText(bytes) ? [] : nulFaults(syntax)),
  );
  return found;
}

function builtinFaults(derivation: Derivation, syntax: DerivationSyntax): DerivationDiagnostic[] {
  const { builder } = derivation;
  const at = syntax.builder ?? syntax;
  if (!builder.startsWith('builtin:')) return [];
  const builtin = BUILTINS.get(builder);
  if (builtin === undefined) {
    return [diagnostic('unsupported', at, `unsupported builtin builder '${textOf(builder)}'`)];
  }
  const missing = builtin.needs.filter((name) => environmentValue(derivation, name) === undefined);
  if (missing.length > 0) {
    const message = `required attribute '${textOf(missing.join("', '"))}' missing`;
    return [diagnostic('unsupported', at, message)];
  }
  if (builtin.downloads !== true) return [];
  const free = derivation.outputs.some((output) => outputKind(output) === 'impure');
  if (!isFixedOutput(derivation) && !free) {
    const message = `'${textOf(builder)}' must be a fixed-output or impure derivation`;
    return [diagnostic('unsupported', at, message)];
  }
  const node = syntax.env.find((entry) => entry.name.value === 'url')?.value ?? at;
  // A file is read where the builder sees it, as Nix's own downloader does.
  return /^(?:https?|file):\/\//.test(environmentValue(derivation, 'url') ?? '')
    ? []
    : [diagnostic('unsupported', node, 'only http and https addresses can be downloaded')];
}

/** Lists of graphs to export that Nix cannot make sense of. */
function exportFaults(derivation: Derivation, syntax: DerivationSyntax): DerivationDiagnostic[] {
  const { graphs, attributes } = optionsOf(derivation);
  const name = 'exportReferencesGraph';
  if (graphs.length === 0) return [];
  const value = attributes === undefined ? environmentValue(derivation, name) : undefined;
  const at = syntax.env.find((entry) => entry.name.value === name)?.value ?? syntax;
  if (words(value).length % 2 === 1) {
    const message = `odd number of tokens in '${name}': '${textOf(value ?? '')}'`;
    return [diagnostic('illegal-reference', at, message)];
  }
  const odd = value === undefined ? undefined : graphs.find((graph) => !FILE_NAME.test(graph.name));
  if (odd !== undefined) {
    const message = `invalid file name '${textOf(odd.name)}' in '${name}'`;
    return [diagnostic('illegal-reference', at, message)];
  }
  const inside = `${storeDirOf(derivation)}/`;
  return graphs.flatMap(({ paths }) =>
    paths
      .filter((path) => !path.startsWith(inside) && !PLACEHOLDER.test(path))
      .map((path) =>
        diagnostic('illegal-reference', at, `path '${textOf(path)}' is not in the Nix store`),
      ),
  );
}

/** What a graph may be called that becomes a file. */
const FILE_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** What stands for a path that is not known yet. */
const PLACEHOLDER = /^\/[0-9abcdfghijklmnpqrsvwxyz]{52}(?:\/|$)/;

/** Words of checks that mean nothing: the runner refuses such outputs once they are built, as Nix does. */
function checkFaults(
  derivation: Derivation,
  syntax: DerivationSyntax,
  path: ByteString,
): DerivationDiagnostic[] {
  const found: DerivationDiagnostic[] = [];
  for (const [output, check] of optionsOf(derivation).checks) {
    if (!derivation.outputs.some(({ name }) => name === output)) continue;
    const words = [
      ...(check.allowedReferences ?? []),
      ...(check.disallowedReferences ?? []),
      ...(check.allowedRequisites ?? []),
      ...(check.disallowedRequisites ?? []),
    ];
    for (const word of words) {
      if (referenceOf(derivation, word) !== undefined) continue;
      if (PLACEHOLDER.test(word)) continue;
      const outputs = derivation.outputs.map(({ name }) => textOf(name)).join(', ');
      const message =
        `derivation '${textOf(path)}' output check for '${textOf(output)}' contains output name ` +
        `'${textOf(word)}', but this is not a valid output of this derivation. (Valid outputs are [${outputs}].)`;
      const at = syntax.env.find((entry) => entry.value.value.includes(word))?.value ?? syntax;
      if (!found.some((each) => each.message === message)) {
        found.push(diagnostic('illegal-check', at, message));
      }
    }
  }
  return found;
}

/** The kernel takes no NUL in what a program is given. */
function nulFaults(syntax: DerivationSyntax): DerivationDiagnostic[] {
  const nodes = [
    ...(syntax.builder === undefined ? [] : [syntax.builder]),
    ...syntax.args,
    ...syntax.env.flatMap((entry) => [entry.name, entry.value]),
  ];
  return nodes
    .filter((node) => node.value.includes('\0'))
    .map((node) => diagnostic('nul', node, 'no program can be given a text with NUL in it'));
}
