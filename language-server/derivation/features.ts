/**
 * What a derivation may ask for that this version does not do. Each is reported with its place;
 * nothing is guessed and nothing silently left out.
 */
import { exactTextOf, textOf, type ByteString } from './byte-string';
import { environmentValue, outputKind, type Derivation } from './derivation';
import { diagnostic, type DerivationDiagnostic } from './diagnostic';
import { words } from './environment';
import { hashMethodOf } from './hash-modulo';
import { referenceOf } from './reference-rules';
import type { DerivationSyntax, ByteRange } from './syntax';

export const FETCHURL = 'builtin:fetchurl';

/** Features that any machine has; Nix offers them by default. */
const SYSTEM_FEATURES = new Set(['benchmark', 'big-parallel', 'nixos-test']);
const HASH_ALGORITHMS = new Set(['md5', 'sha1', 'sha256', 'sha512']);

/** Variables with a meaning to Nix that is not implemented; `asked` says when they matter. */
const VARIABLES: Readonly<
  Record<string, { readonly what: string; readonly asked?: (value: ByteString) => boolean }>
> = {
  __json: { what: 'structured attributes' },
  __structuredAttrs: { what: 'structured attributes', asked: isTrue },
  exportReferencesGraph: { what: 'exportReferencesGraph' },
  __noChroot: { what: 'a build outside the sandbox', asked: isTrue },
  allowedRequisites: { what: 'allowedRequisites' },
  disallowedRequisites: { what: 'disallowedRequisites', asked: isList },
};

function isTrue(value: ByteString): boolean {
  return value === '1';
}

function isList(value: ByteString): boolean {
  return words(value).length > 0;
}

const OUTPUT_KINDS: Readonly<Record<ReturnType<typeof outputKind>, string | undefined>> = {
  'input-addressed': undefined,
  fixed: undefined,
  floating: 'a content-addressed output',
  deferred: 'an output path that depends on a content-addressed input',
  impure: 'an impure output',
};

/** Outputs without a path beforehand: such a derivation cannot even be drawn as LLB. */
export function hasUnknownPaths(derivation: Derivation): boolean {
  return derivation.outputs.some((output) => output.path === '');
}

/** The unsupported parts of a derivation, each at its field or variable. */
export function unsupportedFeatures(
  derivation: Derivation,
  syntax: DerivationSyntax,
): DerivationDiagnostic[] {
  const found: DerivationDiagnostic[] = [];
  const refuse = (range: ByteRange, what: string): void => {
    found.push(diagnostic('unsupported', range, `${what} is not supported yet`));
  };
  if (syntax.version !== undefined) refuse(syntax.version, 'a derivation with dynamic inputs');
  for (const node of syntax.outputs) {
    const output = {
      name: node.name.value,
      path: node.path.value,
      hashAlgorithm: node.hashAlgorithm.value,
      hash: node.hash.value,
    };
    const kind = OUTPUT_KINDS[outputKind(output)];
    if (kind !== undefined) refuse(node, kind);
    else if (output.hashAlgorithm !== '') {
      const { method, algorithm } = hashMethodOf(output.hashAlgorithm);
      if (method === 'text' || method === 'git' || !HASH_ALGORITHMS.has(algorithm)) {
        refuse(node.hashAlgorithm, `the hash '${textOf(output.hashAlgorithm)}'`);
      }
    }
  }
  found.push(...builtinFaults(derivation, syntax), ...textFaults(syntax));
  for (const { name, value } of syntax.env) {
    const variable = Object.hasOwn(VARIABLES, name.value) ? VARIABLES[name.value] : undefined;
    if (variable !== undefined && (variable.asked?.(value.value) ?? true)) {
      refuse({ start: name.start, end: value.end }, variable.what);
    }
    if (name.value === 'allowedReferences' || name.value === 'disallowedReferences') {
      const unknown = words(value.value).filter((word) => !referenceOf(derivation, word));
      if (unknown.length > 0) refuse(value, `the reference ${unknown.map(textOf).join(', ')}`);
    }
    if (name.value === 'requiredSystemFeatures') {
      const missing = words(value.value).filter((feature) => !SYSTEM_FEATURES.has(feature));
      if (missing.length > 0) refuse(value, `the system feature ${missing.map(textOf).join(', ')}`);
    }
  }
  return found;
}

function builtinFaults(derivation: Derivation, syntax: DerivationSyntax): DerivationDiagnostic[] {
  const { builder } = derivation;
  const at = syntax.builder ?? syntax;
  const refuse = (range: ByteRange, what: string): DerivationDiagnostic[] => [
    diagnostic('unsupported', range, `${what} is not supported yet`),
  ];
  if (!builder.startsWith('builtin:')) return [];
  if (builder !== FETCHURL) return refuse(at, `the builder ${textOf(builder)}`);
  if (environmentValue(derivation, 'unpack') === '1') return refuse(at, `${FETCHURL} with unpack`);
  const url = environmentValue(derivation, 'url');
  if (url === undefined)
    return [diagnostic('unsupported', at, `${FETCHURL} needs the variable url`)];
  const node = syntax.env.find((entry) => entry.name.value === 'url')?.value ?? at;
  return /^https?:\/\//.test(url) ? [] : refuse(node, 'a URL that is neither http nor https');
}

/** LLB keeps texts as UTF-8 without NUL; Nix allows any bytes. */
function textFaults(syntax: DerivationSyntax): DerivationDiagnostic[] {
  const nodes = [
    ...(syntax.builder === undefined ? [] : [syntax.builder]),
    ...syntax.args,
    ...syntax.env.flatMap((entry) => [entry.name, entry.value]),
  ];
  return nodes
    .filter((node) => node.value.includes('\0') || exactTextOf(node.value) === undefined)
    .map((node) =>
      diagnostic('not-text', node, 'only UTF-8 text without NUL can be given to BuildKit'),
    );
}
